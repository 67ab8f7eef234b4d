"""What is looked for in a pool, and how it is gone through."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

ENGINES = ("torch", "onnx", "onnx-fp32", "onnx-int8")
"""What runs the network: PyTorch, or onnxruntime with the files that `matprior export` wrote. `onnx` takes
the one the export chose, 8 bits only where they were measured to cost little."""


@dataclass
class Screening:
    """What to keep, and the size of the pieces. Each string becomes the option's help.

    Examples
    --------
    >>> Screening(top=10, by="target=1.5±0.2", forbid=["Pb", "Cd"]).chunk
    20000
    """

    top: int = 1000
    """How many to keep."""
    by: str | None = None
    """Score: prediction, upper, lower, target=1.5±0.2, or probability[=CLASS]. By default the prediction, or
    the probability of the second class."""
    target: str | None = None
    """Which target or label, where the model has several."""
    lowest: bool = False
    """Keep the lowest scores instead of the highest."""
    diverse: bool = False
    """Keep at most one of each family: a chemical system, or a scaffold."""
    require: list[str] = field(default_factory=list)
    """Elements that must all be in it."""
    forbid: list[str] = field(default_factory=list)
    """Elements that must not be in it."""
    in_domain_only: bool = False
    """Keep only strings that are like the training rows."""
    coverage: float = 0.9
    """Share of truths between low and high."""
    strings: str | None = None
    """Column with the strings. Found by looking when left out."""
    at: dict[str, float] = field(default_factory=dict)
    """Value of each extra column the model was fitted with, such as a temperature; one for the whole pool."""
    chunk: int = 20_000
    """Rows that are answered at once, and that a stop can lose."""
    engine: str = "torch"
    """torch, onnx (the file the export chose), onnx-fp32 or onnx-int8."""

    def __post_init__(self) -> None:
        for name in ("top", "chunk"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} is {value!r}; expected a whole number from 1 on.")
        if not 0 < self.coverage < 1:
            raise ValueError(f"coverage must lie between 0 and 1, got {self.coverage!r}. For 90 % write 0.9.")
        if self.engine not in ENGINES:
            raise ValueError(f"engine is {self.engine!r}; expected one of {', '.join(ENGINES)}.")
        if both := sorted(set(self.require) & set(self.forbid)):
            raise ValueError(f"{both[0]!r} is both required and forbidden. Leave one of the two out.")

    def facts(self) -> dict[str, Any]:
        """As plain data; what two runs must share for their parts to fit together."""
        return asdict(self)


@dataclass(frozen=True)
class Cluster:
    """A Ray cluster to work on."""

    address: str = "local"
    """Of its head, such as auto or ray://HOST:10001; local starts one on this machine."""
    workers: int | None = None
    """Processes; as many as it has cores when None."""

    @property
    def local(self) -> bool:
        """Whether it is started here."""
        return self.address == "local"


@dataclass(frozen=True)
class Shard:
    """One share of the chunks of a pool, for machines that work side by side.

    Examples
    --------
    >>> shard = Shard.read("2/3")
    >>> [number for number in range(7) if shard.holds(number)]
    [1, 4]
    """

    i: int
    """Which share, from 1 on."""
    n: int
    """How many shares there are."""

    @classmethod
    def read(cls, text: str) -> Shard:
        """From `i/n`, such as 3/16."""
        i, slash, n = text.partition("/")
        if not (slash and i.isdecimal() and n.isdecimal() and 1 <= int(i) <= int(n)):
            raise ValueError(f"--shard {text!r}: expected i/n with i from 1 to n, such as 1/4.")
        return cls(int(i), int(n))

    def holds(self, number: int) -> bool:
        """Whether this share has the chunk with that number, counted from 0."""
        return number % self.n == self.i - 1

"""Which materials a checkpoint learned from, as a file small enough to travel with it.

Five bytes of a hash for each canonical string: 2.3 MB for 450,000. A string that was not among them is
taken for one with a probability of one in two million.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

import numpy as np

from matprior.data.files import write_atomically
from matprior.notations import NOTATIONS
from matprior.notations.prompts import split_prompts

SEEN = "seen.safetensors"
"""Name of the file in a checkpoint's folder."""
_BYTES = 5


def write_seen(strings: Iterable[str], path: str | Path, notation: str = "composition") -> None:
    """Write the hashes of materials, each once and sorted: the file says nothing of their order.

    Parameters
    ----------
    strings : any spelling
    notation : that they are written in
    """
    from safetensors.numpy import save_file

    hashes = np.unique(_hashes(strings, notation))
    # Big-endian, so that the bytes sort like the numbers; the three leading ones are 0.
    rows = hashes.astype(">u8").view(np.uint8).reshape(-1, 8)[:, 8 - _BYTES :]
    with write_atomically(Path(path)) as draft:
        save_file({"formulas": np.ascontiguousarray(rows)}, draft, {"notation": notation})


class SeenFormulas:
    """The formulas of a file that `write_seen` wrote.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / SEEN
    >>> write_seen(["Fe2O3"], file)
    >>> SeenFormulas(file).contains(["O3Fe2", "FeO"]).tolist()
    [True, False]
    """

    def __init__(self, path: str | Path) -> None:
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, "np") as file:
                rows = file.get_tensor("formulas")
                self.notation = (file.metadata() or {}).get("notation", "composition")
        except (SafetensorError, KeyError) as error:
            raise ValueError(f"{path} is damaged ({error}). Copy it again, or remove it.") from error
        whole = np.zeros((len(rows), 8), dtype=np.uint8)
        whole[:, 8 - _BYTES :] = rows
        self._hashes = whole.view(">u8")[:, 0].astype(np.uint64)

    def __len__(self) -> int:
        return len(self._hashes)

    def contains(self, strings: Iterable[str]) -> np.ndarray:
        """For each string, whether its formula was seen; boolean array of shape (n,).

        Fractions are compared exactly: `FeNi2` and `Fe0.3333Ni0.6667` count as two formulas here.
        """
        return np.isin(_hashes(strings, self.notation), self._hashes)


def _hashes(strings: Iterable[str], notation: str) -> np.ndarray:
    canonical = NOTATIONS[notation].canonical
    if notation == "composition":  # a prompt beside a formula makes no other material of it
        strings = (split_prompts(string).formula for string in strings)
    found = [blake2b(canonical(string).encode(), digest_size=_BYTES).digest() for string in strings]
    return np.array([int.from_bytes(digest) for digest in found], dtype=np.uint64)

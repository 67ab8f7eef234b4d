"""What a model folder says of itself: the format it is written in, and a checksum of every file."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from matprior.data.files import sha256_of

FORMAT = 1
"""Raised when folders are written that older versions would misread."""
FACTS = "matprior.json"
ENTRY = "sha256"
"""Key of the checksums in `matprior.json`."""
WEIGHED = (".json", ".safetensors", ".skops", ".txt", ".onnx")
"""Endings of the files that decide what a model answers."""

WEIGHTS = "model.safetensors"
LAYERS = ("num_hidden_layers", "n_layer", "num_layers", "num_decoder_layers")
WIDTHS = (
    "hidden_size", "intermediate_size", "vocab_size", "num_attention_heads", "max_position_embeddings",
    "n_embd", "n_head", "n_positions", "d_model", "d_ff", "d_kv", "num_heads",
)  # fmt: skip
"""Numbers in a config that decide how large its network is."""
ASIDE = (FACTS, "fewshot.json", "scores.json")
"""Files without a checksum: those that hold checksums, and scores, which may be measured again."""


def checksums(folder: str | Path) -> dict[str, str]:
    """Path inside the folder -> SHA-256, of all files that decide an answer but `matprior.json` itself.

    Parameters
    ----------
    folder : of a model

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "config.json").write_text("{}"), (folder / "README.md").write_text("a card")
    >>> list(checksums(folder))
    ['config.json']
    """
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and path.suffix in WEIGHED and name not in ASIDE:
            found[name] = sha256_of(path)
    return found


def marks(folder: str | Path) -> dict[str, Any]:
    """Format and checksums, as `matprior.json` has them beside its facts."""
    return {"format": FORMAT, ENTRY: checksums(folder)}


def check_marks(folder: str | Path, facts: str = FACTS) -> None:
    """Raise unless every file is the one that was saved, in a format that is known here.

    Folders of older versions say nothing of either and are taken as they are.

    Parameters
    ----------
    facts : file that holds the marks

    Raises
    ------
    ValueError
        A file was cut short, changed or taken away, or the folder comes from a newer version.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "matprior.json").write_text('{"sha256": {"config.json": "0123"}}')
    >>> check_marks(folder)
    Traceback (most recent call last):
    ValueError: ... is damaged: config.json can't be used (missing). Copy it again or fit it anew.
    """
    told: Any = None
    with suppress(OSError, ValueError):  # whoever reads the facts for their own sake tells what is wrong
        told = json.loads((Path(folder) / facts).read_text(encoding="utf-8"))
    if not isinstance(told, dict):
        return
    version = told.get("format", FORMAT)
    if version != FORMAT:
        raise ValueError(
            f"{folder} is written in format {version!r}; this version of matprior reads format {FORMAT}. "
            f"Install the version that wrote it (`versions` in its {facts}), or fit it anew."
        )
    sums = told.get(ENTRY, {})
    if not isinstance(sums, dict):
        raise _damaged(folder, facts, f"{ENTRY} is no list of files")
    for name, digest in sums.items():
        # A folder from a stranger must not make us read files elsewhere.
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise _damaged(folder, facts, f"{name!r} is no file of the folder")
        if not (Path(folder) / name).is_file():
            raise _damaged(folder, name, "missing")
        if sha256_of(Path(folder) / name) != digest:
            why = f"its checksum is not the one in {facts}: it was cut short or changed"
            raise _damaged(folder, name, why)


def check_sizes(folder: str | Path, config: dict[str, Any], n_arrays: int) -> None:
    """Raise if a config asks for a network larger than its weights.

    A stranger's config could fill the memory, or take for ever to build.

    Parameters
    ----------
    config : content of `config.json`
    n_arrays : arrays in `model.safetensors`
    """
    size = (Path(folder) / WEIGHTS).stat().st_size
    for name in (*LAYERS, *WIDTHS):
        most = n_arrays if name in LAYERS else size
        if name in config and not (isinstance(config[name], int) and 0 < config[name] <= most):
            what = f"{name} is {str(config[name])[:40]}, which the {size:,} bytes of {WEIGHTS} cannot hold"
            raise _damaged(folder, "config.json", what)


def _damaged(folder: str | Path, file: str, what: str) -> ValueError:
    return ValueError(f"{folder} is damaged: {file} can't be used ({what}). Copy it again or fit it anew.")

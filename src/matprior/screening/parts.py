"""Finished chunks on disk: one file each, written whole or not at all, so that a stop loses little.

The folder `<output>.parts` says in `manifest.json` what it was made from. Every part carries the checksum of
that manifest in its name: parts of another model, pool or choice are never taken for one's own.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matprior.data.files import sha256_of, write_atomically
from matprior.screening.pool import Pool

MANIFEST = "manifest.json"
FORMAT = 1
"""Raised when parts of an older version can no longer be read."""
WEIGHED = (".json", ".safetensors", ".skops", ".txt")
"""Files of a model folder that decide its answers."""


@dataclass(frozen=True)
class Parts:
    """The finished chunks of one screening."""

    folder: Path
    digest: str

    @classmethod
    def open(cls, folder: Path, manifest: dict[str, Any]) -> Parts:
        """Start a folder of parts, or go on with one that was made from the same things.

        Raises
        ------
        ValueError
            It was made from another model, pool or choice; the message says which.
        """
        file = folder / MANIFEST
        text = json.dumps(manifest, indent=1, ensure_ascii=False)
        # A folder without a part was left by a command that was refused: nothing in it can be lost.
        if file.exists() and any(folder.glob("[0-9]*.json")):
            _check_same(folder, manifest)
        else:
            with write_atomically(file) as draft:
                draft.write_text(text, encoding="utf-8")
        canonical = json.dumps(manifest, sort_keys=True).encode()
        return cls(folder, hashlib.sha256(canonical).hexdigest()[:12])

    def file(self, number: int) -> Path:
        """Where the part of a chunk stands."""
        return self.folder / f"{number:08d}-{self.digest}.json"

    def finished(self) -> set[int]:
        """Numbers of the chunks that are done."""
        return {int(path.name.split("-")[0]) for path in self.folder.glob(f"[0-9]*-{self.digest}.json")}

    def write(self, number: int, part: dict[str, Any]) -> None:
        """Keep the result of a chunk."""
        with write_atomically(self.file(number)) as draft:
            draft.write_text(json.dumps(part, ensure_ascii=False), encoding="utf-8")

    def read(self, number: int) -> dict[str, Any]:
        """The result of a chunk."""
        try:
            return dict(json.loads(self.file(number).read_text(encoding="utf-8")))
        except (json.JSONDecodeError, UnicodeDecodeError, TypeError, ValueError) as error:
            raise ValueError(
                f"{self.file(number)} is damaged ({error}). Remove it and give the command again: only that "
                "chunk is computed anew."
            ) from None

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def manifest_of(model: Path, pool: Pool, options: dict[str, Any]) -> dict[str, Any]:
    """What the parts of a screening depend on."""
    from importlib.metadata import version

    return {
        "format": FORMAT,
        "matprior": version("matprior"),
        "model": model_digest(model, onnx=options["engine"] != "torch"),
        "column": pool.column,
        "notation": pool.notation,
        "pool": pool.facts(),
        **options,
    }


def model_digest(folder: Path, onnx: bool = False) -> str:
    """Checksum of the files of a model folder that decide its answers."""
    endings = (*WEIGHED, ".onnx") if onnx else WEIGHED
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in endings:
            digest.update(f"{path.relative_to(folder).as_posix()} {sha256_of(path)}\n".encode())
    return digest.hexdigest()


def _check_same(folder: Path, manifest: dict[str, Any]) -> None:
    try:
        found = dict(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (json.JSONDecodeError, UnicodeDecodeError, TypeError, ValueError):
        raise ValueError(
            f"{folder / MANIFEST} is damaged. Remove the folder {folder} to begin anew."
        ) from None
    plain = json.loads(json.dumps(manifest))
    differing = [name for name in {**plain, **found} if plain.get(name) != found.get(name)]
    if not differing:
        return
    name = differing[0]
    told = {"model": "another model", "pool": "another pool, or one that was changed since"}.get(
        name, f"{name} = {found.get(name)!r}, now {plain.get(name)!r}"
    )
    raise ValueError(
        f"{folder} holds finished parts of a screening with {told}. Give the same command as before to go on "
        "with it, another --output, or remove that folder to begin anew."
    )

"""What is fuzzed, files: text tables, tables, recipes, model folders. See `fuzz_strings` for the rules."""

from __future__ import annotations

import json
import math
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from fuzz_strings import Broken, keep, text_of

from matprior.notations.elements import SYMBOLS

SCRATCH = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path(tempfile.gettempdir())
"""Where files of one execution stand: in memory, where there is such a place."""

OF_NETWORK = ("config.json", "model.safetensors", "tokenizer_config.json")
"""Files of a model folder that Hugging Face reads."""


def cells(data: bytes) -> None:
    """No character of a text file is lost on the way into cells, but blanks, quotes and separators."""
    from matprior.data.text import decode, read_cells

    try:
        text, _ = decode(data, "table.csv")
        rows, separator = read_cells(text, "table.csv")
    except ValueError as error:
        str(error)
        return
    if stated := re.match(r"\s*\"?sep=(.)\"?[ \t]*\r?\n", text):  # the line that only Excel understands
        text = text[stated.end() :]
    passed = '"' + (separator or "")
    keep(
        _solid(text, passed) == _solid("".join(cell for row in rows for cell in row), passed),
        "characters of the file are in no cell",
    )


def _solid(text: str, without: str) -> str:
    return "".join(c for c in text if c not in without and not c.isspace())


def table(data: bytes) -> None:
    """Every filled row of a table is kept, merged or told as bad; none is gone."""
    from matprior.data import Task, read_table
    from matprior.data.table import read_strings

    path = SCRATCH / f"fuzz_{_process()}.csv"
    path.write_bytes(data[1:])
    asked = Task(targets=["gap_eV"]) if data[:1] > b"\x7f" else None
    try:
        found = read_table(path, asked) if asked else read_strings(path)
    except ValueError as error:
        str(error)
        return
    kept = set(found.row.tolist())
    merged = {int(row) for rows in found.merged.get("rows", []) for row in _numbers(rows)}
    told = set(found.bad["row"].astype(int).tolist())
    lost = set(found.original.index) - kept - merged - told
    keep(not lost, "rows are neither kept nor merged nor told as bad")
    keep(len(found.strings) == len(found.frame) == len(found.row), "columns of different lengths")


def _numbers(rows: Any) -> list[str]:
    return rows.replace(",", " ").split() if isinstance(rows, str) else list(rows)


def recipe(data: bytes) -> None:
    """A recipe that is taken is written and read back as the same; what follows a zero byte overrides it."""
    from matprior.data.recipe import write_recipe
    from matprior.pretraining.kinds import kind_of_recipe

    body, _, rest = data.partition(b"\0")
    path = SCRATCH / f"fuzz_{_process()}.yaml"
    path.write_bytes(body)
    overrides = [line for line in text_of(rest).split("\n") if line]
    try:
        kind = kind_of_recipe(path)
        found = kind.read(path, overrides)
    except ValueError as error:
        str(error)
        return
    write_recipe(found, path)
    keep(repr(kind.read(path)) == repr(found), "written and read back it is another recipe")


def folder(data: bytes) -> None:
    """A folder with one of our own files changed is refused in words, or answers with numbers.

    The first byte chooses the file, the next two the place, and the rest is written there. With an odd
    fourth byte the checksums are made to agree, as an attacker would. Nothing may be run by what is read.
    Hugging Face's part of the loading is not repeated, as it takes ten times as long as all the rest: files
    that it reads are the target `network`.
    """
    _changed(data, lambda name: name not in OF_NETWORK, _network)


def network(data: bytes) -> None:
    """The same for the files that Hugging Face reads, all of the loading done."""
    _changed(data, lambda name: name in OF_NETWORK, None)


def _changed(data: bytes, chosen: Callable[[str], bool], opener: Any) -> None:
    from matprior.estimators import folder as loading
    from matprior.models.checksums import checksums

    clean, names = model_folder()
    _clean_network()  # opened before `open_network` is replaced below
    work = SCRATCH / f"fuzz_{_process()}_model"
    if not work.is_dir():
        shutil.copytree(clean, work)
    if len(data) < 5:
        return
    named = [name for name in names if chosen(name)]
    name = named[data[0] % len(named)]
    content = (clean / name).read_bytes()
    place = int.from_bytes(data[1:3], "big") % (len(content) + 1)
    cut = len(content) if data[3] & 2 else place + len(data) - 4
    (work / name).write_bytes(content[:place] + data[4:] + content[cut:])
    if data[3] & 1 and name != "matprior.json":
        facts = json.loads((clean / "matprior.json").read_text(encoding="utf-8"))
        facts["sha256"] = checksums(work)
        (work / "matprior.json").write_text(json.dumps(facts), encoding="utf-8")
    GUARD.add("loading")
    whole = loading.open_network
    loading.open_network = opener or whole
    try:
        model = loading.load(work)
        answer = model.predict(["NaCl", "Fe2O3"])
        keep(np.shape(answer) == (2,), "the answer is not a number for each string")
    except ValueError as error:
        str(error)
    finally:
        GUARD.clear()
        loading.open_network = whole
        for changed in {name, "matprior.json"}:
            shutil.copyfile(clean / changed, work / changed)


@cache
def model_folder() -> tuple[Path, list[str]]:
    """The smallest fitted model, and its files: small ones, as their checksums take most of the time."""
    import torch

    from matprior.estimators import MaterialRegressor
    from matprior.models.matbert import MatBertConfig, MatBertForPreTraining
    from matprior.tokens.composition import CompositionTokenizer

    torch.set_num_threads(1)
    start = Path(tempfile.mkdtemp(prefix="fuzz_start_", dir=SCRATCH))
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    MatBertForPreTraining(MatBertConfig(**shape)).save_pretrained(start)
    CompositionTokenizer().save_pretrained(start)
    strings = [f"{metal}{n}{anion}" for metal in SYMBOLS[10:14] for n in (1, 2) for anion in ("O", "F", "Cl")]
    values = [math.sin(i) for i in range(len(strings))]
    clean = Path(tempfile.mkdtemp(prefix="fuzz_model_", dir=SCRATCH))
    fitted = MaterialRegressor(model=start, training={"epochs": 1}).fit(strings, values)
    fitted.save(clean)
    shutil.rmtree(start)
    # Whoever starts a program, opens a connection or unpickles while a folder is loaded gives himself away.
    sys.addaudithook(_refuse)
    return clean, sorted(path.name for path in clean.iterdir())


def _network(folder: Any, kind: Any = None) -> Any:
    """The checks of `open_network`, and the network of the clean folder."""
    from matprior.models.damage import check_network

    check_network(folder)
    return _clean_network()


@cache
def _clean_network() -> Any:
    from matprior.estimators.folder import open_network

    return open_network(model_folder()[0])


GUARD: set[str] = set()
"""Filled while a folder is loaded: an audit hook cannot be taken off again."""


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if GUARD and event in (
        "os.system",
        "subprocess.Popen",
        "os.exec",
        "os.posix_spawn",
        "socket.connect",
        "pickle.find_class",
    ):
        raise Broken(f"loading did {event} {str(arguments)[:80]}")


@cache
def _process() -> int:
    import os

    return os.getpid()

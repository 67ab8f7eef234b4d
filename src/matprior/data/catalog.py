"""The catalog: data sets by name, as a path to a table or as a DataFrame.

Embedded sets are built from an installed package, public ones are downloaded, and a local folder
(argument `folder`, or the environment variable MATPRIOR_DATA) serves any of them offline.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from matprior.data import listing
from matprior.data.downloads import DOWNLOADS, Download, as_table
from matprior.data.embedded import BUILDERS, build
from matprior.data.fetch import DownloadError, cache_folder, fetch
from matprior.data.files import write_atomically
from matprior.data.folder import DATA_VARIABLE, find, local_folder
from matprior.data.units import unit_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Dataset:
    """What is known about one set before it is opened."""

    name: str
    title: str
    kind: str
    """'embedded' (built here), 'public' (can be downloaded) or 'local' (only in a folder of yours)."""
    notation: str | None
    """'composition' or 'smiles'; None for tables without strings."""
    strings: str | None
    """Column with the strings; None for tables without, and for plain lists of strings."""
    targets: tuple[str, ...]
    """Columns that can be predicted; ('*',) means every other column."""
    rows: int
    licence: str
    source: str
    files: tuple[str, ...] = ()
    """Below a local folder. Several are read as one table with a column `split`."""
    download: Download | None = None

    @property
    def units(self) -> dict[str, str]:
        """Target -> unit, for targets that have one."""
        return {target: unit for target in self.targets if (unit := unit_of(target))}

    @property
    def urls(self) -> tuple[str, ...]:
        """Where it is downloaded from; empty for embedded and local sets."""
        return self.download.urls if self.download else ()

    @property
    def checksum(self) -> str:
        """SHA-256 of the download, 'checksum unknown', or '' where nothing is downloaded."""
        if self.download is None:
            return ""
        return self.download.sha256 or "checksum unknown"

    def facts(self) -> dict[str, str]:
        """Label -> text, for people; empty ones are left out.

        Examples
        --------
        >>> show("esol").facts()["Targets"], show("esol").facts()["Checksum"]
        ('logS_mol_per_L [log(mol/L)]', 'checksum unknown')
        """
        units = self.units
        named = [f"{target} [{units[target]}]" if target in units else target for target in self.targets]
        facts = {
            "Title": self.title,
            "Kind": self.kind,
            "Rows": f"{self.rows:,}",
            "Strings": f"{self.strings} ({self.notation})" if self.strings else self.notation or "",
            "Targets": ", ".join(named).replace("*", "every other column"),
            "Licence": self.licence,
            "Source": self.source,
            "Download": " ".join(self.urls),
            "Checksum": self.checksum,
        }
        return {label: text for label, text in facts.items() if text}


_EMBEDDED = """
inorganic_melting_point | Melting points of inorganic compounds | melting_point_K | 1151
inorganic_density | Densities of inorganic compounds near 25 °C | density_kg_m3 | 2044
inorganic_formation_enthalpy | Formation enthalpies of solids, 298 K | formation_enthalpy_eV_per_atom | 636
organic_melting_point | Melting points of organic molecules | melting_point_K | 13680
organic_boiling_point | Boiling points of organic molecules | boiling_point_K | 4686
organic_refractive_index | Refractive indices of organic liquids | refractive_index | 3785
organic_logp | Octanol-water partition coefficients | logP | 4645
"""
_CRC = "CRC Handbook of Chemistry and Physics, 95th ed. 2014, as in the package chemicals (Bell et al.)"
_SOURCES = {
    "organic_melting_point": f"Median of OpenNotebook (Bradley et al. 2014), Wikidata and {_CRC}",
    "organic_boiling_point": f"Median of Wikidata and {_CRC}",
    "organic_logp": f"Median of SRC PHYSPROP (Syrres), Wikidata and {_CRC}",
}


def list_datasets(kind: str | None = None, notation: str | None = None) -> list[Dataset]:
    """All sets, or those of one kind or notation, embedded first.

    Examples
    --------
    >>> list_datasets(kind="embedded")[0].name
    'inorganic_melting_point'
    """
    return [
        entry
        for entry in catalog().values()
        if kind in (None, entry.kind) and notation in (None, entry.notation)
    ]


def show(name: str) -> Dataset:
    """What is known about a set, without opening it.

    Examples
    --------
    >>> show("expt_gap").targets, show("expt_gap").units
    (('band_gap_eV',), {'band_gap_eV': 'eV'})
    """
    entries = catalog()
    if name not in entries:
        from matprior.data.columns import in_a_file, nearest

        near = nearest(name, entries)
        fix = f"Did you mean {near!r}?" if near else "`matprior data list` shows all names."
        if near is None or near.lower() != name.lower():  # HIV is a set, though its letters are elements
            fix = in_a_file(name) or fix
        raise ValueError(f"There is no data set {name!r}; expected one of {len(entries)} names. {fix}")
    return entries[name]


def get(name: str, folder: str | Path | None = None) -> Path:
    """Path to the table of a set (CSV, possibly gzipped), building or downloading it if needed.

    Parameters
    ----------
    folder : local folder to look in first; default is the environment variable MATPRIOR_DATA

    Examples
    --------
    >>> get("inorganic_melting_point").name
    'inorganic_melting_point.csv'
    """
    entry = show(name)
    if entry.kind == "embedded":
        return build(name, cache_folder())
    home = local_folder(folder)
    if home is not None and (found := find(entry.name, entry.files, home)) is not None:
        return found
    if entry.download is not None:
        return _downloaded(entry, entry.download)
    where = (
        f"It is not in {home}." if home is not None else f"Set {DATA_VARIABLE} to the folder that holds it."
    )
    raise DownloadError(
        f"The set {name!r} has no download address; expected the file {entry.files[0]}. {where}"
    )


def load(name: str, folder: str | Path | None = None) -> pd.DataFrame:
    """A set as a DataFrame; strings stay strings ('NaN' is sodium nitride), empty cells become NaN.

    Examples
    --------
    >>> load("inorganic_melting_point").columns.tolist()
    ['formula', 'melting_point_K', 'cas', 'name', 'source']
    """
    import pandas as pd

    entry, path = show(name), get(name, folder)
    if ".txt" in path.name:
        return pd.read_csv(path, header=None, names=["formula"], dtype=str, keep_default_na=False)
    separator = "\t" if ".tsv" in path.name else ","
    header = pd.read_csv(path, sep=separator, nrows=0).columns
    empty = {column: ["", "nan", "NaN"] for column in header if column != entry.strings}
    text = {entry.strings: str} if entry.strings else {}
    return pd.read_csv(
        path, sep=separator, dtype=text, keep_default_na=False, na_values=empty, low_memory=False
    )


@lru_cache(maxsize=1)
def catalog() -> dict[str, Dataset]:
    """Name -> set, in the order they are listed."""
    entries = [*_embedded(), *_compositions(), *_molecules()]
    return {entry.name: entry for entry in entries}


def _embedded() -> list[Dataset]:
    entries = []
    for name, title, target, rows in listing.rows_of(_EMBEDDED):
        notation = "composition" if name.startswith("inorganic") else "smiles"
        strings = "formula" if notation == "composition" else "smiles"
        source = _SOURCES.get(name, _CRC)
        licence = "MIT (package chemicals); underlying values: cite the source"
        entries.append(
            Dataset(name, title, "embedded", notation, strings, (target,), int(rows), licence, source)
        )
    assert [entry.name for entry in entries] == list(BUILDERS)
    return entries


def _compositions() -> list[Dataset]:
    lines = [[*row[:2], f"compositions/{row[2]}", *row[3:]] for row in listing.rows_of(listing.COMPOSITIONS)]
    for name, title, parts, target, rows, terms in listing.rows_of(listing.BENCHMARKS):
        files = " ".join(f"compositions/benchmark/{name}/{part}" for part in parts.split())
        lines.append([name, f"{title}, computed", files, target, rows, terms, listing.WANG])
    return [_entry(line, "composition", None if ".txt" in line[2] else "formula") for line in lines]


def _molecules() -> list[Dataset]:
    entries = []
    for row in listing.rows_of(listing.MOLECULES):
        bare = row[0].startswith("fsmol") or row[0] == "published_baselines"
        line = [*row[:2], f"molecules/{row[2]}", *row[3:]]
        entries.append(_entry(line, None if bare else "smiles", None if bare else "smiles"))
    return entries


def _entry(line: list[str], notation: str | None, strings: str | None) -> Dataset:
    name, title, files, targets, rows, terms, source = line
    download = DOWNLOADS.get(name)
    return Dataset(
        name, title, "public" if download else "local", notation, strings, tuple(targets.split()), int(rows),
        listing.TERMS[terms], source, tuple(files.split()), download,
    )  # fmt: skip


def _downloaded(entry: Dataset, download: Download) -> Path:
    path = cache_folder() / "public" / f"{entry.name}.csv"
    if not path.exists():
        raw = cache_folder() / "raw" / entry.name
        files = [fetch(url, raw / url.rsplit("/", 1)[1], download.sha256) for url in download.urls]
        table = as_table(download, files)
        with write_atomically(path) as draft:
            table.to_csv(draft, index=False, lineterminator="\n")
    return path

"""How good a set of proposed molecules is: the metrics of MOSES, and how much was learned by heart.

Polykovskiy et al. 2020, Front. Pharmacol. 11, 565644. Their FCD needs a network (ChemNet) that is not
installed with matprior; in its place stands the same distance between RDKit's descriptors
(`frechet_descriptors`). The two are not on one scale: compare it with that of real molecules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.stats import wasserstein_distance

from matprior.data.seen import SeenFormulas
from matprior.fewshot.peers import similarity
from matprior.generation.frechet import frechet

SAMPLE = 3_000
"""Molecules that fragments, filters, properties and descriptors are measured on."""
COMPARED = 1_500
"""Molecules whose nearest neighbours are sought."""
BITS = 1024
"""Of a fingerprint, as in MOSES."""
PIECE = 5_000
"""Molecules compared with all others at once."""
PROPERTIES = {"logp": "log10", "sa": "1 to 10", "qed": "0 to 1", "weight": "g/mol"}
"""Property whose distribution is compared -> its unit."""
UNITS = {
    "valid": "share", "unique@1k": "share", "unique@10k": "share", "novel": "share", "filters": "share",
    "internal_diversity": "Tanimoto distance", "snn": "Tanimoto similarity", "scaffolds": "cosine",
    "nearest_training": "Tanimoto similarity", "copies_or_nearly": "share", "fragments": "cosine",
    "frechet_descriptors": "standard deviations squared",
    **{f"{name}_distance": unit for name, unit in PROPERTIES.items()},
}  # fmt: skip
"""Score -> its unit."""


@dataclass
class KnownMolecules:
    """What proposals are compared with: canonical SMILES."""

    training: Collection[str] = ()
    """What was learned from."""
    test: Sequence[str] = ()
    """Molecules of the same kind that were not."""
    seen: SeenFormulas | None = None
    """What stands for `training` where only its hashes are at hand."""
    seed: int = 0
    """Of the sub-samples."""
    novel_to: Collection[str] | None = field(default=None, repr=False)
    """What novelty is counted against where that is more than `training`."""

    @cached_property
    def drawn(self) -> list[str]:
        """Some molecules of the test set."""
        return draw(self.test, SAMPLE, self.seed)

    @cached_property
    def scaffolds(self) -> Counter[str]:
        """Scaffolds of the whole test set."""
        return scaffold_counts(self.test)

    @cached_property
    def fragments(self) -> Counter[str]:
        """Fragments of some molecules of the test set."""
        return fragment_counts(self.drawn)

    @cached_property
    def properties(self) -> np.ndarray:
        """Of some molecules of the test set."""
        return _properties(self.drawn)

    @cached_property
    def descriptors(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Descriptors of some molecules of the test set: columns that vary, their means and deviations."""
        values = _descriptors(self.drawn)
        deviations = values.std(0)
        return np.flatnonzero(deviations > 0), values.mean(0), deviations

    @cached_property
    def standing(self) -> np.ndarray:
        """The same, standardised."""
        return self.standardised(self.drawn)

    @cached_property
    def test_prints(self) -> np.ndarray:
        """Fingerprints of the whole test set, eight bits a byte."""
        return packed_prints(self.test)

    @cached_property
    def training_prints(self) -> np.ndarray:
        """The same of what was learned from."""
        return packed_prints(sorted(self.training))

    def standardised(self, smiles: Sequence[str]) -> np.ndarray:
        """Descriptors in standard deviations of the test set."""
        columns, means, deviations = self.descriptors
        return ((_descriptors(smiles) - means)[:, columns] / deviations[columns]).clip(-10, 10)


def score_molecules(smiles: Sequence[str | None], known: KnownMolecules | None = None) -> dict[str, float]:
    """Score a sample as it was drawn, repetitions and unreadable rows included.

    `valid` is a share of all rows; `unique@1k` and `unique@10k` are shares of the first so many valid ones;
    `novel` is the share of distinct molecules that were not learned from. `internal_diversity` is one minus
    the mean Tanimoto similarity of two proposals (ECFP4, 1024 bits). Against the test set: `snn`, the mean
    similarity to the nearest molecule; `scaffolds` and `fragments`, cosine similarity of how often each
    occurs; Wasserstein distances of logP, SA, QED and weight; `frechet_descriptors`. Against the training
    set: `nearest_training`, the mean similarity to the nearest molecule, and `copies_or_nearly`, the share
    with one of 0.9 and more. `filters`: see `notations.smiles_fragments`.

    Parameters
    ----------
    smiles : canonical, `n`; None where a row was no molecule
    known : what was learned from, and a test set

    Examples
    --------
    >>> found = score_molecules(["CCO", "CCO", "CCN", None], KnownMolecules(["CCN"]))
    >>> found["valid"], round(found["unique@1k"], 2), found["novel"]
    (0.75, 0.67, 0.5)
    """
    from matprior.notations.smiles_fragments import passes_filters

    known = known or KnownMolecules()
    valid = [one for one in smiles if one is not None]
    found = {"valid": len(valid) / max(len(smiles), 1)}
    if not valid:
        return found
    for name, most in (("unique@1k", 1_000), ("unique@10k", 10_000)):
        found[name] = len(set(valid[:most])) / len(valid[:most])
    distinct = sorted(set(valid))
    found |= _novelty(distinct, known)
    sample, near = draw(valid, SAMPLE, known.seed), draw(valid, COMPARED, known.seed)
    prints = prints_of(near)
    found["internal_diversity"] = 1 - float(similarity(prints, prints).mean())
    found["filters"] = float(np.mean([passes_filters(one) for one in sample]))
    if known.test:
        found["snn"] = float(nearest(prints, known.test_prints).mean())
        found["scaffolds"] = cosine(scaffold_counts(valid), known.scaffolds)
        found["fragments"] = cosine(fragment_counts(sample), known.fragments)
        pairs = zip(PROPERTIES, _properties(sample).T, known.properties.T, strict=True)
        found |= {
            f"{name}_distance": float(wasserstein_distance(ours, theirs)) for name, ours, theirs in pairs
        }
        found["frechet_descriptors"] = frechet(known.standardised(sample), known.standing)
    if known.training:
        likeness = nearest(prints, known.training_prints)
        found["nearest_training"] = float(likeness.mean())
        found["copies_or_nearly"] = float((likeness >= 0.9).mean())
    return found


def _novelty(distinct: list[str], known: KnownMolecules) -> dict[str, float]:
    there = known.training if known.novel_to is None else known.novel_to
    if there:
        there = there if isinstance(there, set | frozenset) else set(there)
        return {"novel": sum(one not in there for one in distinct) / len(distinct)}
    if known.seen is not None:
        return {"novel": 1 - float(known.seen.contains(distinct).mean())}
    return {}


def draw(strings: Sequence[str], n: int, seed: int) -> list[str]:
    """Some strings at random, in their order."""
    if len(strings) <= n:
        return list(strings)
    rows = np.random.default_rng(seed).choice(len(strings), n, replace=False)
    return [strings[i] for i in sorted(rows.tolist())]


def prints_of(smiles: Sequence[str]) -> np.ndarray:
    """ECFP4 of 1024 bits, float32 of shape (n, 1024), made for BLAS."""
    from matprior.notations.smiles_features import fingerprints

    return fingerprints(smiles, bits=BITS).astype(np.float32)


def packed_prints(smiles: Sequence[str]) -> np.ndarray:
    """ECFP4 of many molecules, uint8 of shape (n, 128): a million of them need 128 MB."""
    pieces = [
        np.packbits(prints_of(smiles[start : start + PIECE]).astype(bool), axis=1)
        for start in range(0, len(smiles), PIECE)
    ]
    return np.concatenate(pieces)


def nearest(prints: np.ndarray, packed: np.ndarray) -> np.ndarray:
    """Tanimoto similarity of each row to the nearest of some molecules, shape (n,)."""
    best = np.zeros(len(prints), dtype=np.float32)
    for start in range(0, len(packed), PIECE):
        others = np.unpackbits(packed[start : start + PIECE], axis=1).astype(np.float32)
        best = np.maximum(best, similarity(prints, others).max(1))
    return best


def scaffold_counts(smiles: Sequence[str]) -> Counter[str]:
    """How often each scaffold of two rings and more occurs."""
    from matprior.notations.smiles_fragments import ring_scaffold

    return Counter(found for one in smiles if (found := ring_scaffold(one)) is not None)


def fragment_counts(smiles: Sequence[str]) -> Counter[str]:
    """How often each BRICS fragment occurs."""
    from matprior.notations.smiles_fragments import fragments

    return Counter(piece for one in smiles for piece in fragments(one))


def cosine(one: Counter[str], other: Counter[str]) -> float:
    """Cosine similarity of two counts: 1 where shares are equal, 0 where nothing is shared.

    Examples
    --------
    >>> cosine(Counter("ab"), Counter("aabb")), cosine(Counter("a"), Counter("b"))
    (1.0, 0.0)
    """
    shared = sum(count * other[key] for key, count in one.items())
    size = np.sqrt(float(sum(c * c for c in one.values())) * float(sum(c * c for c in other.values())))
    return round(float(shared / size), 12) if size else 0.0


def _properties(smiles: Sequence[str]) -> np.ndarray:
    from matprior.notations.smiles_properties import properties

    return properties(smiles, list(PROPERTIES)).astype(float)


def _descriptors(smiles: Sequence[str]) -> np.ndarray:
    """RDKit's descriptors, float64; what cannot be computed is 0."""
    from matprior.notations.smiles_descriptors import descriptors

    return np.nan_to_num(descriptors(smiles).astype(float))

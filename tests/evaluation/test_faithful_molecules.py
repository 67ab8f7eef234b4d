"""Faithfulness on molecules: a network that was taught a known sum of atoms, and rankings that are wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("captum", reason='explanations need captum: pip install "matprior[explain]"')
pytest.importorskip("matprior.models.molbert")

from matprior.estimators import MaterialRegressor
from matprior.evaluation.explain import contributions
from matprior.evaluation.faithfulness import faithfulness
from matprior.evaluation.faithfulness_moves import shortened

WORTH = {"O": -3.0, "S": -2.0, "F": -1.0, "C": 0.0, "Cl": 1.0, "N": 2.0, "Br": 3.0}
"""What each atom adds. Carbon adds nothing, so an end that is a methyl group is worth nothing."""


def world(n: int = 400) -> list[str]:
    draw = np.random.default_rng(0)
    ends = list(WORTH)
    # Two to four ends: a molecule that loses one is like the others.
    found: dict[str, None] = {}
    while len(found) < n:
        a, b, c = draw.choice(ends, 3)
        before, between, after = draw.integers(0, 3, 3)
        branches = [
            f"({one})" if kept else "" for one, kept in zip((b, c), draw.integers(0, 2, 2), strict=True)
        ]
        found[f"{a}{'C' * before}C{branches[0]}{'C' * between}C{branches[1]}{'C' * after}C"] = None
    return list(found)


def atoms_of(string: str) -> list[str]:
    plain = string.replace("Cl", "X").replace("Br", "Y")
    return [{"X": "Cl", "Y": "Br"}.get(one, one) for one in plain if one.isalpha()]


def truth(string: str) -> float:
    return sum(WORTH[atom] for atom in atoms_of(string))


@pytest.fixture(scope="module")
def taught() -> MaterialRegressor:
    strings = world()
    options = {"epochs": 30, "batch_size": 16, "learning_rate": 1e-3}
    model = MaterialRegressor(None, size="tiny", notation="smiles", training=options)
    return model.fit(strings, [truth(one) for one in strings])


@pytest.fixture(scope="module")
def asked() -> list[str]:
    return world()[::5]


@pytest.fixture(scope="module")
def ranked(taught, asked):
    return contributions(taught, asked)


def test_contributions_of_atoms_are_what_was_taught(taught, ranked):
    assert ranked.strings["complete"].all()
    told = taught.predict(ranked.strings["string"].tolist())
    assert np.corrcoef(told, [truth(one) for one in ranked.strings["string"]])[0, 1] > 0.9
    atoms = ranked.parts[ranked.parts["part"].isin(list(WORTH))]
    assert np.corrcoef(atoms["part"].map(WORTH), atoms["contribution"])[0, 1] > 0.8


def test_taking_an_end_away_moves_the_answer_by_what_the_end_is_worth(taught, ranked):
    found = shortened(taught, ranked.parts)
    worth = [abs(WORTH[atoms_of(line.string)[line.atom]]) for line in found.itertuples()]
    assert len(found) >= 2 * found["string"].nunique()
    assert np.corrcoef(worth, found["moved"])[0, 1] > 0.8


@pytest.mark.parametrize("how", ["delete", "hide"])
def test_the_part_ranked_first_moves_the_answer_more_than_a_random_one(taught, asked, ranked, how):
    found = faithfulness(taught, asked, how, ranked=ranked)
    assert found.faithful, found
    assert found.top > 1.2 * found.other
    assert found.n == len(asked)


@pytest.mark.parametrize("how", ["delete", "hide"])
@pytest.mark.parametrize("wrong", ["reversed", "shuffled"])
def test_a_wrong_ranking_is_not_called_faithful(taught, asked, ranked, how, wrong):
    draw = np.random.default_rng(1)
    size = ranked.parts.groupby("string")["contribution"].transform(lambda own: own.abs().max())
    if wrong == "reversed":
        values = size - ranked.parts["contribution"].abs()
    else:
        values = ranked.parts.groupby("string")["contribution"].transform(lambda own: draw.permutation(own))
    found = faithfulness(
        taught, asked, how, ranked=replace(ranked, parts=ranked.parts.assign(contribution=values))
    )
    assert not found.faithful, found

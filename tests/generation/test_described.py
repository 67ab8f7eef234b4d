"""What a description says is true of every formula that is proposed for it."""

from __future__ import annotations

import pytest

from matprior.generation.asked import Within
from matprior.generation.constraint import Wishes
from matprior.generation.describe import describe
from matprior.generation.described import EXAMPLE, asked_by, read_wanted
from matprior.generation.propose import propose
from matprior.notations.element_roles import element_roles
from matprior.notations.material_classes import classes_of
from matprior.tokens.descriptions import render
from matprior.tokens.facts import Facts

ROUNDED = [
    Facts(classes=("OXIDE",), band_gap=2.2, roles=element_roles("Fe2O3")),
    Facts(band_gap=0.0, above_hull=0.3),
    Facts(formation_energy=-1.65, above_hull=0.04, similar=("NaBr", "KCl")),
]


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("facts", ROUNDED)
@pytest.mark.parametrize("seed", range(5))
def test_what_a_description_says_is_what_is_wanted(facts, language, seed):
    assert read_wanted(render(facts, language=language, seed=seed)) == facts


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("Band gap, predicted for computed structures: 1.23 eV (no metal).", "band_gap", 1.2),
        ("予測されるバンドギャップ：1.23 eV（非金属）。", "band_gap", 1.2),
        ("Formation energy, predicted: -2 eV/atom.", "formation_energy", -2.0),
        ("Distance to the convex hull, predicted: 33 meV/atom (stable or metastable).", "above_hull", 0.03),
    ],
)
def test_numbers_need_not_be_those_a_description_rounds_to(text, name, value):
    assert getattr(read_wanted(text), name) == value


def test_what_was_wished_before_stays_beside_what_is_described():
    facts = read_wanted(EXAMPLE)
    (wishes,), asked = asked_by(facts, Wishes(forbid=["Pb"], most=5), {"band_gap": 2.0})
    assert (wishes.forbid, wishes.require, wishes.most) == (["Pb"], ["O", "Zn"], 2)
    assert asked == {"band_gap": 2.0}
    _, asked = asked_by(Facts(band_gap=0.0, formation_energy=-1.0), Wishes(), {})
    assert asked == {"band_gap": 0.0, "formation_energy": Within(-1.0, 0.15)}
    with pytest.raises(ValueError, match="both forbidden and required"):
        asked_by(facts, Wishes(forbid=["O"]), {})


@pytest.mark.parametrize("formula", ["NaCl", "Fe2O3", "AlNi3"])
def test_the_words_for_a_formula_lead_back_to_it(formula):
    text = describe([formula])["description"][0]
    table, _ = propose("matgpt-small", 5, facts=read_wanted(text))
    assert formula in set(table["formula"])
    assert all(set(element_roles(one)) == set(element_roles(formula)) for one in table["formula"])


def test_every_proposal_is_as_described():
    text = (
        "Class of the material: sulfides. Band gap, predicted for computed structures: 2 eV (no metal). "
        "Distance to the convex hull, predicted: 20 meV/atom (stable or metastable)."
    )
    table, notes = propose("matgpt-small", 12, facts=read_wanted(text))
    assert len(table) == 12
    assert all("SULFIDE" in classes_of(one) for one in table["formula"])
    assert table["band_gap_eV"].between(1.7, 2.3).all()
    said = describe(list(table["formula"]))
    assert said["makeable"].all()
    assert not said["metal"].any()
    assert any("that are metals were left out" in one for one in notes)


def test_of_several_elements_that_a_class_may_have_each_is_asked_for_in_turn():
    ways, _ = asked_by(Facts(classes=("HALIDE",)), Wishes(require=["Na"]), {})
    assert [one.require for one in ways] == [["Br", "Na"], ["Cl", "Na"], ["F", "Na"], ["I", "Na"]]
    ways, _ = asked_by(Facts(similar=("LiFePO4",)), Wishes(), {})
    assert {(*one.require, one.fewest, one.most) for one in ways} == {
        ("Fe", "O", "P", 4, 4), ("Li", "O", "P", 4, 4), ("Fe", "Li", "O", 4, 4), ("Fe", "Li", "P", 4, 4),
    }  # fmt: skip
    ways, _ = asked_by(Facts(classes=("INTERMETALLIC",)), Wishes(), {})
    assert ways == [Wishes()]


def test_resemblance_to_a_named_material_is_asked_for():
    facts = read_wanted("Class of the material: halides. Similar known materials: NaCl.")
    table, _ = propose("matgpt-small", 4, facts=facts)
    assert len(table) == 4
    assert set(table["formula"]) <= {"NaF", "NaBr", "NaI", "KCl", "LiCl", "RbCl", "CsCl"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("A nice oxide.", "No sentence of a description begins here: 'A nice oxide.'.*such as: Class of"),
        ("Class of the material: oxide.", "Classes: pure elements, "),
        ("Band gap, predicted for computed structures: 2.00 eV (metal).", "No sentence"),
        ("Formation energy, predicted: -2 eV/atom. Formation energy, predicted: -1 eV/atom.", "said twice"),
        ("", "says nothing that is known"),
    ],
)
def test_sentences_that_say_nothing_are_refused_with_an_example(text, told):
    with pytest.raises(ValueError, match=told):
        read_wanted(text)


def test_molecules_are_not_described():
    with pytest.raises(ValueError, match="writes molecules; facts describe formulas"):
        propose("molgpt-small", 1, facts=Facts(band_gap=2.0))

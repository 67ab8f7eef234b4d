"""Substitutions: counted between formulas that differ in one element, and a baseline of masked atoms."""

from __future__ import annotations

import time

import numpy as np
import pytest

from matprior.notations.elements import SYMBOLS
from matprior.pretraining.reference import Cooccurrence, masked_scores, one_hidden
from matprior.pretraining.substitutions import Substitutions
from matprior.tokens import encode_many

ALKALI, HALOGEN = ["Li", "Na", "K", "Rb", "Cs"], ["F", "Cl", "Br", "I"]


def chance(learned: Substitutions, old: str, new: str) -> float:
    return float(learned.probability[SYMBOLS.index(old), SYMBOLS.index(new)])


def first_place(encoded, symbol: str) -> np.ndarray:
    return (encoded.ids == 5 + SYMBOLS.index(symbol)).argmax(1)


def test_an_element_replaces_another_where_all_else_is_equal():
    learned = Substitutions.learn(encode_many(["NaCl", "KCl", "CaCl2", "MgCl2", "MgO", "NiO", "Fe2O3"]))
    assert chance(learned, "Na", "K") == 1
    assert chance(learned, "Mg", "Ca") == pytest.approx(0.5)
    assert chance(learned, "Mg", "Ni") == pytest.approx(0.5)
    assert chance(learned, "Na", "Ca") == 0  # another amount of chlorine
    assert learned.probability[SYMBOLS.index("Fe")].sum() == 0
    assert np.diag(learned.probability).sum() == 0


def test_a_multiple_and_another_order_are_the_same_frame():
    learned = Substitutions.learn(encode_many(["Na2SO4", "O8S2K4"]))
    assert chance(learned, "Na", "K") == 1


def test_each_formula_counts_once_however_many_share_its_frame():
    screened = [f"{metal}O" for metal in ("Mg", "Ca", "Sr", "Ba", "Zn", "Cd", "Ni", "Co", "Mn", "Fe")]
    learned = Substitutions.learn(encode_many([*screened, "MgS", "CaS"]))
    # 9 partners share the weight of one pair in the oxides; the sulphides are one pair.
    assert chance(learned, "Mg", "Ca") == pytest.approx((1 / 9 + 1) / 2)


def test_draws_follow_the_probabilities_and_what_has_no_substitute_stays():
    learned = Substitutions.learn(encode_many(["MgO", "NiO", "CaO", "MgS", "CaS", "He"]))
    uniform = (np.arange(10_000) + 0.5) / 10_000
    magnesium = np.full(10_000, SYMBOLS.index("Mg"))
    drawn = np.bincount(learned.draw(magnesium, uniform), minlength=118) / 10_000
    np.testing.assert_allclose(drawn, learned.probability[SYMBOLS.index("Mg")], atol=2e-4)
    assert (learned.draw(np.full(3, SYMBOLS.index("He")), np.array([0.0, 0.5, 0.999])) == 1).all()


def test_a_hidden_atom_is_guessed_from_what_stood_in_its_place():
    learned = Substitutions.learn(encode_many([f"{a}{x}" for a in ALKALI for x in HALOGEN][:-1]))
    asked = encode_many(["CsI"])
    log_p = learned.log_probability(asked, first_place(asked, "Cs"))[0]
    np.testing.assert_allclose(np.exp(log_p).sum(), 1)
    best = {SYMBOLS[i] for i in np.argsort(-log_p)[:4]}
    assert best == {"Li", "Na", "K", "Rb"}  # CsI itself was never seen
    # Cs replaces these four in all other halides: more likely than an element that never does.
    assert log_p[SYMBOLS.index("Cs")] > log_p[SYMBOLS.index("F")]


def test_the_hidden_element_is_not_used_to_guess_itself():
    learned = Substitutions.learn(encode_many(["NaCl", "KCl", "MgO", "CaO"]))
    pair = encode_many(["NaCl", "KCl"])
    place = np.array([first_place(pair, "Na")[0], first_place(pair, "K")[1]])
    log_p = learned.log_probability(pair, place)
    np.testing.assert_array_equal(log_p[0], log_p[1])


@pytest.mark.parametrize("encoding", ["amounts", "repeat"])
def test_it_beats_cooccurrence_where_amounts_decide(encoding):
    # The amounts tell an alkali from an alkaline earth, the partner alone does not.
    strings = [f"{a}{x}" for a in ALKALI for x in HALOGEN]
    strings += [f"{e}{x}2" for e in ("Mg", "Ca", "Sr", "Ba", "Zn") for x in HALOGEN]
    order = np.random.default_rng(0).permutation(len(strings))
    learned, kept = (encode_many([strings[i] for i in part], encoding) for part in (order[8:], order[:8]))
    labels, position = one_hidden(kept, seed=1)
    ours = Substitutions.learn(learned).log_probability(kept, position)
    theirs = Cooccurrence(learned).log_probability(kept, position)
    assert masked_scores(ours, labels)["cross_entropy"] < masked_scores(theirs, labels)["cross_entropy"]


@pytest.mark.slow
def test_half_a_million_formulas_take_less_than_a_minute(shared):
    from matprior.pretraining.sources import read_formulas

    encoded = encode_many(list(read_formulas(shared / "compositions" / "corpus.txt.gz")))
    start = time.process_time()
    learned = Substitutions.learn(encoded)
    assert time.process_time() - start < 60
    assert chance(learned, "Cl", "Br") > 20 * chance(learned, "Cl", "Na")

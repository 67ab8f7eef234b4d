"""The baselines of masked-atom prediction: what can be said without a network."""

from __future__ import annotations

import numpy as np
import pytest

from matprior.notations.elements import SYMBOLS
from matprior.pretraining.reference import EXPONENTS, Cooccurrence, masked_scores, one_hidden, present
from matprior.pretraining.scoring import group_scores
from matprior.tokens import ELEMENT_OFFSET, encode_many

ALKALI, EARTH = ["Li", "Na", "K", "Rb", "Cs"], ["Mg", "Ca", "Sr", "Ba"]


def structured() -> list[str]:
    """Alkalis meet halogens, alkaline earths meet chalcogens, never otherwise."""
    salts = [f"{a}{x}" for a in ALKALI for x in ("F", "Cl", "Br", "I")]
    oxides = [f"{e}{x}" for e in EARTH for x in ("O", "S", "Se", "Te")]
    return salts + oxides + [f"{a}2Mg{x}4" for a in ALKALI for x in ("F", "Cl", "Br", "I")]


def entropy(reference: Cooccurrence, exponent: float | None) -> float:
    encoded = encode_many(structured())
    labels, position = one_hidden(encoded, seed=3)
    return masked_scores(reference.log_probability(encoded, position, exponent), labels)["cross_entropy"]


def test_cooccurrence_beats_unigram_where_there_is_structure():
    reference = Cooccurrence(encode_many(structured()))
    assert reference.exponent > 0
    assert entropy(reference, None) < entropy(reference, 0.0) - 0.2


def test_cooccurrence_is_trusted_as_far_as_serves_the_rows_it_was_counted_on():
    encoded = encode_many(structured())
    reference = Cooccurrence(encoded)
    labels, position = one_hidden(encoded, seed=0)
    found = {
        exponent: masked_scores(reference.log_probability(encoded, position, exponent), labels)[
            "cross_entropy"
        ]
        for exponent in EXPONENTS
    }
    assert reference.exponent == min(found, key=found.__getitem__)


def test_log_probabilities_sum_to_one_and_the_unigram_follows_the_counts():
    encoded = encode_many(["NaCl"] * 3 + ["KCl"])
    reference = Cooccurrence(encoded)
    _, position = one_hidden(encoded, seed=0)
    log_p = reference.log_probability(encoded, position, exponent=0.0)
    assert log_p.shape == (4, 118)
    np.testing.assert_allclose(np.exp(log_p).sum(1), 1, rtol=1e-5)
    chlorine, sodium, potassium = log_p[0, 16], log_p[0, 10], log_p[0, 18]
    assert np.exp(chlorine - potassium) == pytest.approx(5 / 2, rel=1e-5)
    assert np.exp(sodium - potassium) == pytest.approx(4 / 2, rel=1e-5)


def test_the_hidden_element_is_not_used_to_guess_itself():
    encoded = encode_many(["NaCl", "KCl"] * 20 + ["MgO"] * 20)
    reference = Cooccurrence(encoded)
    pair = encode_many(["NaCl", "KCl"])
    cation = np.array(
        [int(np.flatnonzero(row == symbol)[0]) for row, symbol in zip(pair.ids, (15, 23), strict=True)]
    )
    log_p = reference.log_probability(pair, cation)
    np.testing.assert_array_equal(log_p[0], log_p[1])  # both see Cl alone


def test_one_atom_is_hidden_and_never_a_special_token():
    encoded = encode_many([*structured(), "He"])
    for seed in range(10):
        labels, position = one_hidden(encoded, seed)
        assert (labels > ELEMENT_OFFSET).all()
        assert (position >= 1).all()
        assert (position <= encoded.lengths - 2).all()
        assert (encoded.ids[np.arange(len(encoded)), position] == labels).all()


def test_present_says_which_elements_a_formula_has():
    matrix = present(encode_many(["H2O", "NaCl"]))
    assert matrix.shape == (2, 118)
    assert np.flatnonzero(matrix[0]).tolist() == [0, 7]
    assert np.flatnonzero(matrix[1]).tolist() == [10, 16]


def test_scores_of_a_sure_and_a_blind_guess():
    labels = np.array([5, 12, 30])
    sure = np.full((3, 118), -50.0)
    sure[np.arange(3), labels - ELEMENT_OFFSET - 1] = 0.0
    assert masked_scores(sure, labels) == {"cross_entropy": 0.0, "perplexity": 1.0, "top1": 1.0, "top5": 1.0}
    blind = np.tile(np.log(np.arange(118, 0, -1) / 7021), (3, 1))  # always guesses H, He, Li, Be, B first
    scores = masked_scores(blind, labels)
    assert scores["top1"] == pytest.approx(1 / 3)
    assert scores["top5"] == pytest.approx(1 / 3)
    assert scores["perplexity"] == pytest.approx(np.exp(scores["cross_entropy"]))


def test_scores_by_group_are_those_of_the_rows_whose_hidden_atom_is_in_it():
    encoded = encode_many(structured())
    labels, position = one_hidden(encoded, seed=1)
    guesses = {"cooccurrence": Cooccurrence(encoded).log_probability(encoded, position)}
    found = {record["group"]: record for record in group_scores(guesses, labels)}
    assert set(found) == {"alkali", "alkaline_earth", "halogen", "chalcogen", "metalloid"}  # Te is both
    alkali = np.isin(labels - ELEMENT_OFFSET - 1, [SYMBOLS.index(one) for one in ALKALI])
    assert found["alkali"]["n"] == alkali.sum() > 0
    expected = masked_scores(guesses["cooccurrence"][alkali], labels[alkali])
    assert {name: found["alkali"][name] for name in expected} == expected
    tellurium = labels == ELEMENT_OFFSET + 1 + SYMBOLS.index("Te")
    assert found["metalloid"]["n"] == tellurium.sum() <= found["chalcogen"]["n"]

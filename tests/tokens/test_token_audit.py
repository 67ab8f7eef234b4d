"""The audit counts what it is shown."""

from __future__ import annotations

import pytest

from matprior.tokens import audit
from matprior.tokens.composition import CompositionTokenizer


def test_every_kind_of_trouble_is_counted():
    tokenizer = CompositionTokenizer(model_max_length=5)
    report = audit(tokenizer, ["Fe2O3", "NaCl", "LiFePO4", "Zz2", "He"])
    assert report["n"] == 5
    assert report["refused"] == 1
    assert report["examples"]["refused"] == ["Zz2"]
    assert report["lengths"] == {3: 1, 4: 2, 5: 1}
    assert (report["longest"], report["mean_length"]) == (5, 4)
    assert report["truncated"] == report["round_trip_failures"] == 1
    assert report["examples"]["truncated"] == ["LiFePO4"]


def test_the_unknown_rate_is_a_share_of_element_tokens():
    report = audit(CompositionTokenizer(unknown="[UNK]"), ["Xx2O3", "NaCl"])
    assert (report["unknown"], report["unknown_rate"]) == (1, 0.25)
    assert report["refused"] == 0


def test_repeat_loses_long_formulas_and_amounts_does_not():
    steel = "Fe0.648C0.000453Mn0.0000991Si0.0386Cr0.183Ni0.0195Mo0.000113V0.000107Co0.109Al0.000605Ti0.000569"
    strings = ["Fe0.62C0.00095", "Fe2O3", steel, "D2O"]
    assert audit(CompositionTokenizer(), strings)["round_trip_failures"] == 0
    report = audit(CompositionTokenizer(encoding="repeat"), strings)
    assert report["round_trip_failures"] == report["truncated"] == 2


@pytest.mark.parametrize("encoding", ["amounts", "repeat"])
def test_no_strings_give_zeros(encoding):
    report = audit(CompositionTokenizer(encoding=encoding), [])
    assert report["n"] == report["longest"] == report["mean_length"] == report["unknown_rate"] == 0

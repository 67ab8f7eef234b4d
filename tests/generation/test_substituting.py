"""Formulas with an element substituted take the places of known ones while a generator learns."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from matprior.data.recipe import read_recipe
from matprior.generation.recipe import GeneratorRecipe
from matprior.generation.rows import places_for, showing, with_asked
from matprior.generation.run import pretrain_generator
from matprior.generation.substituting import substitutes_of
from matprior.generation.validity import judge
from matprior.notations.composition import parse_amounts
from matprior.tokens.formula_language import FORMULAS
from matprior.tokens.sentences import encode_sentences
from matprior.training.batches import Rows


def some_of(formulas: list[str]) -> list[str]:
    """Half of the salts: the others are what substitution can find."""
    return [formulas[i] for i in np.random.default_rng(0).permutation(len(formulas))[:60]]


def test_substitutes_are_new_balanced_and_one_element_away(formulas):
    known = some_of(formulas)
    found = substitutes_of(known, seed=3)
    assert sum(map(bool, found)) > 20
    for formula, some in zip(known, found, strict=True):
        for other in some:
            assert other not in known
            assert judge(other).balanced
            assert len(set(parse_amounts(other)) ^ set(parse_amounts(formula))) == 2
            assert sorted(parse_amounts(other).values()) == sorted(parse_amounts(formula).values())


def test_substitutes_are_read_back_from_their_file(formulas, tmp_path):
    kept = tmp_path / "substitutes.json"
    first = substitutes_of(formulas[:40], 1, kept)
    assert substitutes_of([], 2, kept) == first


def batch_of(rows: Rows, epoch: int) -> dict:
    return rows.__getitems__([epoch * len(rows) + i for i in range(len(rows))])


def written(ids: torch.Tensor) -> list[str | None]:
    """Formulas of sentences, what is asked left out."""
    asked = range(FORMULAS.first_asked, FORMULAS.first_spoken)
    return [FORMULAS.string_of([one for one in row[1:] if one not in asked]) for row in ids.tolist()]


@pytest.fixture(scope="module")
def places(formulas):
    known = some_of(formulas)
    some = substitutes_of(known, seed=0)
    rows = Rows(with_asked(encode_sentences(known)[0], np.full((60, 1), 1.0), ["band_gap"]))
    return known, some, rows


def test_every_sentence_stays_or_is_one_of_its_own_substitutes(places):
    known, some, rows = places
    show = showing(1.0, 0, FORMULAS, places_for(some, rows.encoded, 0.5, 0))
    taken = 0
    for epoch in range(4):
        for formula, others, shown in zip(
            known, some, written(show(batch_of(rows, epoch))["input_ids"]), strict=True
        ):
            assert shown == formula or shown in others
            taken += shown != formula
    with_some = sum(map(bool, some))
    assert 0.35 < taken / (4 * with_some) < 0.65


def test_a_substitute_is_never_said_to_have_the_property_of_its_formula(places):
    known, some, rows = places
    show = showing(1.0, 0, FORMULAS, places_for(some, rows.encoded, 1.0, 0))
    ids = show(batch_of(rows, 0))["input_ids"]
    told = (ids >= FORMULAS.first_asked) & (ids < FORMULAS.first_spoken)
    stayed = [one == formula for one, formula in zip(written(ids), known, strict=True)]
    assert told.any(1).tolist() == stayed


def test_draws_depend_on_the_row_and_not_on_its_batch(places):
    _, some, rows = places
    show = showing(1.0, 0, FORMULAS, places_for(some, rows.encoded, 0.5, 0))
    whole = written(show(batch_of(rows, 2))["input_ids"])
    single = [written(show(rows.__getitems__([2 * len(rows) + i]))["input_ids"])[0] for i in range(10)]
    assert single == whole[:10]


def test_a_recipe_with_substitutes_says_how_many_took_part(recipe_file, tmp_path):
    recipe = read_recipe(recipe_file, GeneratorRecipe, ["training.epochs=1", "substituted=0.3", "limit=50"])
    lessons = pretrain_generator(recipe, recipe_file.parent, tmp_path).lessons
    assert any("with an element substituted take part" in note for note in lessons.notes)
    assert (tmp_path / "run" / "substitutes.json").is_file()


def test_molecules_have_no_substitutes():
    with pytest.raises(ValueError, match="substituted is for formulas"):
        GeneratorRecipe(notation="selfies", substituted=0.2)
    with pytest.raises(ValueError, match="substituted is 2"):
        GeneratorRecipe(substituted=2)

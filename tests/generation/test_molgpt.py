"""Molecules from a network: valid by construction, kept to a prefix or scaffold, told with properties."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import GPT2LMHeadModel

from matprior.data.recipe import read_recipe
from matprior.generation.constraint import Wishes
from matprior.generation.lessons import Lessons
from matprior.generation.molecules import MoleculeWishes, OnlyStrings
from matprior.generation.propose import language_of, open_generator, propose
from matprior.generation.recipe import GeneratorRecipe, Shape
from matprior.generation.run import Generator, config_of, save_generator
from matprior.generation.sample import Sampling, sample
from matprior.notations import InvalidString
from matprior.notations.selfies import to_selfies
from matprior.notations.smiles_completion import contains, open_spellings
from matprior.tokens.molecule_language import MoleculeLanguage

LEARNED = ["CCO", "c1ccncc1", "CC(=O)Nc1ccc(O)cc1", "CCN", "C1CC1", "CC#N", "OCCS", "CCCl"]


def written(notation: str, folder: Path) -> Path:
    """A checkpoint of random weights: it writes any token with nearly the same chance."""
    recipe = GeneratorRecipe(name="any", notation=notation, shape=Shape(32, 1, 2), descriptors=["logp"])
    strings = LEARNED if notation == "smiles" else [to_selfies(one) for one in LEARNED]
    language = MoleculeLanguage.of(strings, notation)
    torch.manual_seed(0)
    encoded, _ = language.encode(strings)
    lessons = Lessons(language, strings, encoded, ["logp"], np.zeros((len(strings), 1)), [])
    save_generator(
        Generator(GPT2LMHeadModel(config_of(recipe.shape, language)), [], lessons, None), recipe, folder
    )
    return folder


@pytest.fixture(scope="module")
def selfies_writer(tmp_path_factory) -> Path:
    return written("selfies", tmp_path_factory.mktemp("selfies"))


def drawn(folder: Path, n: int) -> list[str | None]:
    language = language_of(folder)
    held = OnlyStrings(language, 1)
    return sample(open_generator(folder), n, Sampling(seed=1), held, language=language).strings


def test_selfies_of_random_weights_are_molecules_and_smiles_are_not(selfies_writer, tmp_path):
    valid = [one is not None for one in drawn(selfies_writer, 200)]
    assert np.mean(valid) > 0.9  # the rest are branches and rings without an atom
    assert np.mean([one is not None for one in drawn(written("smiles", tmp_path), 200)]) < 0.5


def test_every_string_ends_and_holds_nothing_that_people_ask(selfies_writer):
    language = language_of(selfies_writer)
    held = OnlyStrings(language, 3)
    scores = torch.zeros(2, len(language.tokens))
    first, later, last = (held(torch.zeros(2, n), scores) for n in (3, 4, language.context - 1))
    assert torch.isinf(first[:, : language.first_spoken]).all()
    assert not torch.isinf(later[:, language.eos]).any()
    assert torch.isfinite(last[0]).nonzero()[:, 0].tolist() == [language.eos]


def test_molecules_go_on_from_a_prefix(selfies_writer):
    language = language_of(selfies_writer)
    (begin,) = MoleculeWishes(prefix="CCN").beginnings(language, 0)
    assert [language.tokens[i] for i in begin] == ["[C]", "[C]", "[N]"]
    table, _ = propose(selfies_writer, 20, Sampling(seed=2), MoleculeWishes(prefix="CCN"))
    assert len(table) == 20
    # A ring closed on the spot may still turn one of the bonds into a double one.
    assert np.mean([contains(one, "C~C~N") for one in table["smiles"]]) == 1


def test_molecules_keep_the_scaffold_and_tell_their_properties(selfies_writer):
    asked = {"logp": 2.0}
    table, notes = propose(selfies_writer, 15, Sampling(seed=3), MoleculeWishes(scaffold="*c1ccncc1"), asked)
    assert len(table) == 15
    assert table["smiles"].is_unique
    assert all(contains(one, "c1ccncc1") for one in table["smiles"])
    assert {"logp", "qed", "tpsa", "weight", "log_probability", "learned_from"} <= set(table)
    assert "drawn" in notes[0]


def test_what_was_learned_from_is_known_again(selfies_writer):
    from matprior.data.seen import SEEN, SeenFormulas

    assert SeenFormulas(selfies_writer / SEEN).contains(["OCC", "CCCCCC"]).tolist() == [True, False]


@pytest.mark.parametrize("scaffold", ["*c1ccncc1", "c1ccncc1", "C1CCN(*)CC1", "CC(=O)N*"])
def test_a_spelling_of_a_scaffold_ends_where_it_goes_on(scaffold):
    for spelling in open_spellings(scaffold):
        longer = spelling + "F"
        assert contains(longer, scaffold)
        assert not spelling.endswith("*")


@pytest.mark.parametrize("scaffold", ["*CC*", "FC(F)(F)F", "nonsense"])
def test_scaffolds_that_cannot_go_on_are_refused(scaffold):
    with pytest.raises(InvalidString):
        open_spellings(scaffold)


def test_wishes_of_the_wrong_kind_are_refused(selfies_writer):
    with pytest.raises(ValueError, match="writes molecules"):
        propose(selfies_writer, 3, wishes=Wishes(require=["O"]))
    with pytest.raises(ValueError, match="writes formulas"):
        propose("matgpt-small", 3, wishes=MoleculeWishes(prefix="CC"))
    with pytest.raises(ValueError, match="one of the two"):
        MoleculeWishes(prefix="C", scaffold="C")
    with pytest.raises(ValueError, match="no molecule had"):
        propose(selfies_writer, 3, wishes=MoleculeWishes(prefix="CC[Si]"))


def test_recipes_say_which_properties_a_notation_has():
    with pytest.raises(ValueError, match="no tokens in the grammar"):
        GeneratorRecipe(notation="selfies", descriptors=["colour"])
    with pytest.raises(ValueError, match="properties belong to formulas"):
        GeneratorRecipe(descriptors=["logp"])
    with pytest.raises(ValueError, match="expected one of composition, smiles, selfies"):
        GeneratorRecipe(notation="inchi")


def test_the_shipped_recipe_learns_selfies():
    path = Path(__file__).resolve().parents[2] / "recipes" / "molgpt-small.yaml"
    assert read_recipe(path, GeneratorRecipe).notation == "selfies"

"""Pretraining on molecules: what is read, what is left out, what is learned, and that it goes on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import AutoTokenizer

from matprior.data.seen import SEEN, SeenFormulas
from matprior.models.molbert import MolBertForPreTraining
from matprior.pretraining.kinds import KINDS, kind_of_recipe
from matprior.pretraining.masked_tokens import MASK, MaskedTokens
from matprior.pretraining.molecule_corpus import MeasuredColumn, MoleculeSource
from matprior.pretraining.molecule_recipe import MoleculeRecipe
from matprior.pretraining.molecule_run import molecules_of, pretrain_molecules
from matprior.pretraining.paired_spellings import PairedSpellings
from matprior.pretraining.saving import save
from matprior.pretraining.spellings import Spellings
from matprior.pretraining.token_groups import groups_of
from matprior.tokens.encoders import encode
from matprior.training.loop import TrainingOptions

ALCOHOLS = [f"{'C' * n}O" for n in range(1, 13)]
ACIDS = [f"{'C' * n}C(=O)O" for n in range(1, 13)]
RINGS = [f"c1ccccc1{'C' * n}N" for n in range(1, 13)]
SALTS = ["[Na+].[Cl-]", "C[N+](C)(C)C.[Br-]"]


@pytest.fixture
def folder(tmp_path):
    """Three sources, one with a measured column, one row that is no molecule, and a benchmark."""
    pd.DataFrame({"smiles": [*ALCOHOLS, "OCC", "not a molecule"]}).to_csv(tmp_path / "a.csv", index=False)
    values = np.arange(len(ACIDS), dtype=float)
    pd.DataFrame({"smiles": ACIDS, "logS": values}).to_csv(tmp_path / "b.csv", index=False)
    pd.DataFrame({"SMILES": [*RINGS, *SALTS]}).to_csv(tmp_path / "c.csv", index=False)
    pd.DataFrame({"smiles": ["NCc1ccccc1", "OC(=O)CC"]}).to_csv(tmp_path / "benchmark.csv", index=False)
    return tmp_path


@pytest.fixture
def recipe() -> MoleculeRecipe:
    return MoleculeRecipe(
        size="tiny",
        sources=[
            MoleculeSource("a.csv"),
            MoleculeSource("b.csv"),
            MoleculeSource("c.csv", column="SMILES"),
        ],
        exclude=["benchmark.csv"],
        columns=[MeasuredColumn("solubility", "b.csv", "logS", "mol/L")],
        training=TrainingOptions(epochs=1, batch_size=16, save_every=1),
        heldout=0.1,
    )


def test_a_corpus_is_canonical_distinct_and_without_the_excluded_molecules(folder, recipe):
    found = molecules_of(recipe, folder)
    first = [spellings[0] for spellings in found.spellings]
    assert len(first) == len(set(first)) == 12 + 11 + 11 + 2
    assert "NCc1ccccc1" not in first
    assert all(len(spellings) == 1 + recipe.variants for spellings in found.spellings)
    assert any("1 strings are not valid" in note for note in found.notes)
    assert any("2 molecules of 1 files removed" in note for note in found.notes)
    solubility = found.values[:, found.names.index("solubility")]
    assert np.isfinite(solubility).sum() == 11
    assert solubility[first.index("CCCC(=O)O")] == 2.0


def test_every_spelling_is_the_same_molecule(folder, recipe):
    from matprior.notations import NOTATIONS

    for first, *others in molecules_of(replace(recipe, variants=4, descriptors=False), folder).spellings:
        assert {NOTATIONS["smiles"].canonical(one) for one in others} == {first}


def test_a_pretrained_molbert_is_saved_whole_and_knows_what_it_has_seen(folder, recipe, tmp_path):
    chosen = replace(recipe, paired_spellings=PairedSpellings(weight=0.1, share=0.5))
    result = pretrain_molecules(chosen, folder, tmp_path / "out")
    save(result, chosen, tmp_path / "out")
    opened = MolBertForPreTraining.from_pretrained(tmp_path / "out")
    assert opened.projection is None
    for name, weight in result.model.state_dict().items():
        assert torch.equal(opened.state_dict()[name], weight)
    tasks = {record["task"] for record in result.scores}
    hidden = {one["model"]: one for one in result.scores if one["task"] == "masked_token"}
    # A guess by frequency knows that most tokens of this corpus are C.
    assert hidden["unigram"]["top1"] > 0.3
    assert hidden["unigram"]["cross_entropy"] < np.log(len(result.model.decoder.bias))
    assert any(task.startswith("median of") for task in tasks)
    seen = SeenFormulas(tmp_path / "out" / SEEN)
    assert seen.contains(["NCc1ccccc1"]).tolist() == [False]
    assert len(seen) == result.n_strings == 32
    assert AutoTokenizer.from_pretrained(tmp_path / "out").tokenize("CCl") == ["C", "Cl"]


def test_a_stopped_run_ends_with_the_weights_of_an_unbroken_one(folder, recipe, tmp_path):
    class Stop(Exception):
        pass

    def stop(done, total, what):
        if done >= 2 and "epoch" in what:
            raise Stop

    longer = replace(recipe, training=replace(recipe.training, epochs=2))
    whole = pretrain_molecules(longer, folder, tmp_path / "whole").model.state_dict()
    with pytest.raises(Stop):
        pretrain_molecules(longer, folder, tmp_path / "broken", stop)
    again = pretrain_molecules(longer, folder, tmp_path / "broken").model.state_dict()
    assert all(torch.equal(weight, again[name]) for name, weight in whole.items())


def _batch(strings: list[str], groups: np.ndarray | None = None) -> dict:
    rows = Spellings(encode(strings, "smiles"), len(strings), groups=groups)
    return rows.__getitems__(list(range(len(strings))))


def test_masking_hides_tokens_but_no_frame_no_padding_and_not_its_input():
    strings = [*ALCOHOLS, *ACIDS, *RINGS] * 4
    objective = MaskedTokens(masked_share=1.0)
    objective.learn(encode(strings, "smiles"))
    batch = _batch(strings)
    before = batch["input_ids"].clone()
    after = objective.corrupt(batch, 0)
    asked = after["asked"] != -100
    assert torch.equal(batch["input_ids"], before)
    assert (before[asked] > MASK).all()
    assert asked.any(1).all()
    share = [(after["input_ids"][asked] == MASK).float().mean(), asked.sum() / (before > MASK).sum()]
    assert 0.74 < share[0] < 0.86
    assert 0.12 < share[1] < 0.24


def test_masking_by_functional_group_hides_all_of_its_atoms_together():
    strings = ACIDS
    encoded = encode(strings, "smiles")
    groups = np.zeros(encoded.ids.shape, dtype=np.int8)
    for row, string in enumerate(strings):
        numbers = groups_of(string)
        groups[row, 1 : 1 + len(numbers)] = numbers
    objective = MaskedTokens(masked_share=1.0, strategy="functional_group")
    objective.learn(encoded)
    batch = _batch(strings, groups)
    asked = (objective.corrupt(batch, 0)["asked"] != -100).numpy()
    inside = batch["groups"].numpy()
    for row in range(len(strings)):
        (number,) = set(inside[row][asked[row]].tolist())
        assert number > 0
        assert (asked[row] == (inside[row] == number)).all()


def test_a_recipe_is_read_by_the_kind_its_notation_names(tmp_path):
    for notation, kind in KINDS.items():
        path = tmp_path / f"{notation}.yaml"
        path.write_text(f"name: x\nnotation: {notation}\n" if notation != "composition" else "name: x\n")
        assert kind_of_recipe(path) is kind
        assert kind.read(path).name == "x"
    (tmp_path / "bad.yaml").write_text("notation: inchi\n")
    with pytest.raises(ValueError, match=r"'inchi' in .* is unknown. Known: composition, smiles, selfies"):
        kind_of_recipe(tmp_path / "bad.yaml")


def test_functional_groups_can_be_masked_in_smiles_only(folder, recipe, tmp_path):
    chosen = replace(
        recipe,
        notation="selfies",
        encoding="symbols",
        masked_tokens=MaskedTokens(strategy="functional_group"),
    )
    with pytest.raises(ValueError, match=r"functional_group is for smiles"):
        pretrain_molecules(chosen, folder, tmp_path / "out")

"""A chain learns its tables in turn, scores on strings no step saw, and does not forget in silence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from safetensors import safe_open

from matprior.domains.chain import Chain, Step, read_chain
from matprior.domains.replay import Remembered, Replay, below_each_other, remembered
from matprior.domains.transfer import prepare, transfer
from matprior.estimators import load

QUICK = {"epochs": 3, "batch_size": 16}


@pytest.fixture
def tables(tmp_path, oxides, numbers, intermetallics):
    """Oxides with a number, half of the same oxides with another, intermetallics with a class."""
    pd.DataFrame({"formula": oxides, "computed_K": numbers}).to_csv(tmp_path / "computed.csv", index=False)
    half = oxides[::2]
    pd.DataFrame({"formula": half, "measured_K": numbers[::2] + 50}).to_csv(
        tmp_path / "measured.csv", index=False
    )
    kinds = ["alkali" if any(m in one for m in ("Li", "Na", "K")) else "other" for one in intermetallics]
    pd.DataFrame({"formula": intermetallics, "family": kinds}).to_csv(tmp_path / "families.csv", index=False)
    return tmp_path


def chain_of(checkpoint, *steps, **changes):
    return Chain(list(steps), model=str(checkpoint), **changes)


COMPUTED = Step("computed.csv", "computed_K", training=QUICK)
MEASURED = Step("measured.csv", "measured_K", training=QUICK)
FAMILIES = Step("families.csv", "family", training=QUICK)
MASKED = Step("families.csv", name="atoms", objective="masked", training={"epochs": 1, "batch_size": 32})


def test_no_step_learns_a_string_that_scores_any_table(tables, checkpoint):
    first, second = prepare(chain_of(checkpoint, COMPUTED, MEASURED), tables)
    tested = set(first.test) | set(second.test)
    assert not tested & set(first.strings)
    assert not tested & set(second.strings)
    assert first.left_out > 0
    assert len(second.test) == 18


def test_a_chain_of_three_kinds_of_steps_gives_an_ordinary_model(tables, checkpoint, tmp_path):
    done = transfer(chain_of(checkpoint, MASKED, FAMILIES, COMPUTED, MEASURED), tmp_path / "out", tables)
    assert [folder.name for folder in done.folders] == ["1-atoms", "2-families", "3-computed", "4-measured"]
    again = load(done.folders[-1])
    assert again.target_names_ == ["measured_K"]
    assert np.array_equal(again.predict(["NaCl", "Fe2O3"]), done.model.predict(["NaCl", "Fe2O3"]))
    assert done.steps["step"].tolist() == ["families", "computed", "measured"]
    assert done.steps["metric"].tolist() == ["1 - balanced accuracy", "MAE", "MAE"]
    assert list(done.probes.index) == ["start", "atoms", "families", "computed", "measured"]
    assert list(done.probes.columns) == ["families", "computed", "measured"]
    assert done.probes.notna().all(axis=None)
    with safe_open(done.folders[-1] / "model.safetensors", "np") as stored:
        assert not [name for name in stored.keys() if "company" in name]  # noqa: SIM118 (a handle is no dict)


def test_replay_forgets_less_than_none(tables, checkpoint, tmp_path):
    """The second table contradicts the first; with replay the old answers stay in the encoder's reach."""
    frame = pd.read_csv(tables / "computed.csv")
    frame["computed_K"] = np.random.default_rng(0).permutation(frame["computed_K"])
    frame.to_csv(tables / "noise.csv", index=False)
    long = {"epochs": 15, "batch_size": 24, "learning_rate": 2e-3, "layer_decay": 1.0}
    steps = (
        Step("computed.csv", "computed_K", training=long),
        Step("noise.csv", "computed_K", training=long),
    )
    ends = {}
    for replay in (0.0, 1.0):
        chain = chain_of(checkpoint, *steps, replay=replay, direct=False)
        done = transfer(chain, tmp_path / str(replay), tables)
        ends[replay] = done.probes["computed"].iloc[-1]
    assert ends[1.0] < ends[0.0]


def test_the_note_tells_what_was_forgotten(tables, checkpoint, tmp_path):
    done = transfer(chain_of(checkpoint, COMPUTED, MEASURED), tmp_path / "out", tables)
    (note,) = [note for note in done.notes if "linear probe" in note]
    then, now = done.probes.loc["computed", "computed"], done.probes.loc["measured", "computed"]
    assert f"{then:.4g}" in note
    assert f"{now:.4g}" in note


def test_earlier_rows_keep_their_own_columns():
    parts = [
        remembered(["NaCl", "KCl", "LiF"], np.array([1.0, 2.0, 3.0]), 10, 0),
        remembered(["MgO", "CaO"], np.array(["a", "b"]), 10, 0),
    ]
    strings, labels = below_each_other(parts)
    assert strings == ["NaCl", "KCl", "LiF", "MgO", "CaO"]
    assert labels.shape == (5, 3)
    assert np.isnan(labels[:3, 1:]).all()
    assert np.isnan(labels[3:, 0]).all()
    assert labels[:3, 0].mean() == pytest.approx(0)
    assert isinstance(parts[0], Remembered)


def test_replay_reads_the_labels_of_the_rows_that_ride():
    import torch

    from matprior.strategies.company import Seen
    from matprior.tokens import encode_many

    replay = Replay(encode_many(["NaCl", "KCl", "LiF"]), np.array([[1.0], [2.0], [np.nan]]), 1.0)
    replay.helper = torch.nn.Linear(2, 1)
    torch.nn.init.zeros_(replay.helper.weight)
    torch.nn.init.zeros_(replay.helper.bias)
    vectors = torch.zeros(5, 2)
    seen = Seen(vectors, vectors, 2, 0.0, np.array([2, 1, 1]), np.array([0, 1]))
    assert float(replay.term(seen).detach()) == 2.0


def test_a_recipe_is_read_and_its_mistakes_are_named(tmp_path):
    file = tmp_path / "chain.yaml"
    file.write_text("steps: [{data: a.csv, target: x}, {data: b.csv, target: y, limit: 50}]\nreplay: 0.5\n")
    chain = read_chain(file, ["test=0.3"])
    assert (chain.replay, chain.test, chain.steps[1].limit) == (0.5, 0.3, 50)
    for text, words in (
        ("steps: []", "no steps"),
        ("steps: [{data: a.csv}]", "Name a column"),
        ("steps: [{data: a.csv, objective: masked}]", "last step must learn labels"),
        ("steps: [{data: a.csv, target: x, objective: masked}]", "leave out its target"),
        ("steps: [{data: a.csv, target: x}, {data: a.csv, target: y}]", "Two steps are called 'a'"),
        ("steps: [{data: a.csv, target: x}]\nreplai: 0.1", "Did you mean 'replay'"),
        ("steps: [{data: a.csv, target: x}]\ntest: 1.5", "between 0 and 1"),
    ):
        file.write_text(text)
        with pytest.raises(ValueError, match=words):
            read_chain(file)

"""Several tasks in one model: by name, mixed, all at once; one that is added leaves the others alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from matprior.estimators import MaterialRegressor, MaterialTasks, load

NEW = ["NaCl", "Fe2O3", "SrTiO3", "KF"]
QUICK = {"training": {"epochs": 2, "batch_size": 16}}


@pytest.fixture(scope="module")
def tasks(checkpoint, salts) -> MaterialTasks:
    """A number, a class, and a number with a shorter prompt in one layer."""
    strings, values = salts
    model = MaterialTasks(checkpoint)
    model.add("melting", strings, values, **QUICK)
    model.add("kind", strings, ["high" if value > 600 else "low" for value in values], "binary", **QUICK)
    short = {"prompts": {"length": 3, "layers": 1}}
    return model.add("gap", strings, np.sqrt(values), strategy=short, **QUICK)


def test_every_task_answers_as_its_own_estimator(tasks):
    together = tasks.predict(NEW)
    assert list(together) == ["melting", "kind", "gap"]
    for name in together:
        np.testing.assert_array_equal(tasks.predict(NEW, task=name), together[name].to_numpy())
        alone = tasks.of(name).predict(NEW)
        if name == "kind":
            assert list(alone) == list(together[name])
        else:
            np.testing.assert_allclose(together[name], alone, rtol=1e-5)


def test_rows_with_different_questions_share_a_batch(tasks):
    asked = ["gap", "melting", "gap", "melting"]
    mixed = tasks.predict(NEW, task=asked)
    together = tasks.predict(NEW)
    np.testing.assert_allclose(mixed, [together[name][i] for i, name in enumerate(asked)], rtol=1e-5)
    asked[0] = "kind"
    assert tasks.predict(NEW, task=asked)[0] == together["kind"][0]


def test_a_new_task_changes_no_bit_of_the_old_answers(tasks, salts, tmp_path):
    strings, values = salts
    model = load(tasks.save(tmp_path / "m"))
    before = model.predict_interval(NEW)
    weights = {name: tensor.clone() for name, tensor in model.network_.state_dict().items()}
    model.add("volume", strings, -np.array(values), from_task="melting", **QUICK)
    again = load(model.save(tmp_path / "m"))
    for one in (model, again):
        pd.testing.assert_frame_equal(one.predict_interval(NEW)[list(before)], before, check_exact=True)
        assert all((one.network_.state_dict()[name] == tensor).all() for name, tensor in weights.items())
    assert again.names == ["melting", "kind", "gap", "volume"]
    assert np.isfinite(again.predict(NEW, task="volume")).all()


def test_a_transferred_prompt_starts_where_the_other_task_ended(tasks, salts):
    strings, values = salts
    still = {"training": {"epochs": 1, "learning_rate": 0.0}}
    tasks_ = MaterialTasks(tasks.model).take("melting", load_copy(tasks, "melting"))
    tasks_.add("other", strings, values, from_task="melting", **still)
    first, second = (tasks_.network_.tasks[name].prompt.values for name in ("melting", "other"))
    assert (first == second).all()
    assert first is not second


def load_copy(tasks: MaterialTasks, name: str) -> MaterialRegressor:
    """One task as a model of its own."""
    import copy

    return copy.deepcopy(tasks.of(name))


def test_error_bars_are_those_of_a_single_model(tasks, tmp_path):
    single = load(tasks.of("melting").save(tmp_path / "single"))
    bars = tasks.predict_interval(NEW, task="melting")
    pd.testing.assert_frame_equal(single.predict_interval(NEW), bars, rtol=1e-4)
    assert (bars["low"] < bars["prediction"]).all()
    wide = tasks.predict_interval(NEW, domain=True)
    assert {"melting_low", "kind_p_high", "gap_in_domain"} <= set(wide)


def test_the_folder_holds_the_encoder_once(tasks, tmp_path):
    size = lambda folder: sum(path.stat().st_size for path in Path(folder).rglob("*.safetensors"))  # noqa: E731
    several, single = tasks.save(tmp_path / "several"), tasks.of("melting").save(tmp_path / "single")
    assert size(several) < 2 * size(single)
    assert {path.name for path in (several / "tasks").iterdir()} == set(tasks.names)


def test_a_prompt_of_a_plain_fit_becomes_a_task(regressor, strings, values):
    fitted = regressor(strategy="prompts").fit(strings, values)
    before = fitted.predict(NEW)
    model = MaterialTasks(fitted.model).take("melting", fitted)
    np.testing.assert_allclose(model.predict(NEW, task="melting"), before, rtol=1e-5)
    np.testing.assert_array_equal(model.of("melting").predict(NEW), before)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda m, s, v: m.predict(s, task="meltin"), "no task 'meltin'.*Did you mean 'melting'"),
        (lambda m, s, v: m.predict(s, task=["melting"]), "48 strings but 1 tasks"),
        (lambda m, s, v: m.add("a.b", s, v), "can't be called 'a.b'"),
        (lambda m, s, v: m.add("x", s, v, strategy="full"), "strategy is 'prompts', not 'full'"),
        (lambda m, s, v: m.add("x", s, v, from_task="nothing"), "no task 'nothing'"),
        (
            lambda m, s, v: m.add("x", s, v, strategy={"prompts": {"depth": "shallow"}}, **QUICK),
            "is shallow, those of the other tasks aren't",
        ),
    ],
)
def test_what_cannot_be_is_refused(call, said, tasks, strings, values):
    with pytest.raises(ValueError, match=said):
        call(tasks, strings, values)
    assert tasks.names == ["melting", "kind", "gap"]


def test_an_empty_model_says_how_to_begin():
    with pytest.raises(ValueError, match="There is no task yet"):
        MaterialTasks().predict(["NaCl"])

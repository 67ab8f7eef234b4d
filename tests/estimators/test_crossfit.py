"""Cross-fitting and stacking by themselves: no row is answered by what learned from it."""

from __future__ import annotations

import numpy as np
import pytest

from matprior.estimators import candidates, probabilities, stacking
from matprior.estimators.candidates import CANDIDATES, Problem
from matprior.estimators.crossfit import deal, gain_from_rows, out_of_fold
from matprior.estimators.features import Features, Pretrained
from matprior.estimators.stacking import Stack


@pytest.fixture(scope="module", autouse=True)
def small_forests():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matprior.estimators.candidates.OUT_OF_FOLD_TREES", 10)
        patch.setattr("matprior.estimators.boosting.ROUNDS", 40)
        yield


@pytest.fixture(scope="module")
def features(checkpoint, salts):
    return Features(salts[0], Pretrained.open(checkpoint))


@pytest.mark.parametrize(
    "name",
    [name for name, c in CANDIDATES.items() if "regression" in c.kinds and "composition" in c.notations],
)
def test_the_answer_out_of_fold_does_not_know_its_own_target(name, features, salts):
    values = np.where(np.arange(48) % 3 == 0, 0.0, np.array(salts[1]))
    folds = np.arange(48) % 3
    told = out_of_fold(name, Problem("regression", values, edge=0.0), features, folds, 0, 1)
    for row in (0, 7):  # one at the edge value and one off it
        changed = values.copy()
        changed[row] = 5000.0
        again = out_of_fold(name, Problem("regression", changed, edge=0.0), features, folds, 0, 1)
        mine = folds == folds[row]
        np.testing.assert_array_equal(again.predictions[mine], told.predictions[mine])
        if told.gate is not None:
            np.testing.assert_array_equal(again.gate[mine], told.gate[mine])
        # The change reaches other folds, or the test above would prove nothing.
        assert (again.predictions[~mine] != told.predictions[~mine]).any()


def test_spellings_of_one_material_share_a_fold_and_classes_are_spread():
    strings = ["Fe2O3", "O3Fe2", "Fe4O6", "NaCl", "ClNa", "KCl", "LiF", "MgO", "CaO", "BaO", "ZnO", "CdS"]
    classes = np.array([0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1])
    folds = deal(strings, classes, 3, seed=0)
    assert len(set(folds[:3])) == len(set(folds[3:5])) == 1
    for fold in range(3):
        assert set(classes[folds == fold]) == {0, 1}


@pytest.mark.parametrize(("n", "expected"), [(6, 2), (8, 2), (13, 3), (40, 5)])
def test_no_fold_gets_too_few_rows(n, expected, strings):
    folds = deal(strings[:n], None, 5, seed=0)
    assert folds.max() + 1 == expected
    assert np.bincount(folds).min() >= min(4, n // 2)


def test_weights_are_not_negative_and_sum_to_one():
    random = np.random.default_rng(0)
    truth = random.normal(size=300)
    told = {f"c{i}": truth + random.normal(0, 0.3 + i, 300) for i in range(4)}
    told["far off"] = truth + 50 + random.normal(0, 50, 300)
    stack = stacking.learn(told, {}, truth, "regression")
    assert sum(stack.weights.values()) == pytest.approx(1)
    assert all(weight > 0 for weight in stack.weights.values())
    assert "far off" not in stack.weights
    assert max(stack.weights, key=stack.weights.__getitem__) == "c0"
    single = min(stacking.loss_of(one, truth, "regression") for one in told.values())
    assert stacking.loss_of(stack.combine(told, {}), truth, "regression") <= single + 1e-9


def test_two_good_candidates_with_other_errors_are_mixed_evenly():
    random = np.random.default_rng(1)
    truth = random.normal(size=2000)
    told = {name: truth + random.normal(0, 1, 2000) for name in "ab"}
    weights = stacking.learn(told, {}, truth, "regression").weights
    assert weights["a"] == pytest.approx(0.5, abs=0.06)


def test_mixed_probabilities_sum_to_one_and_a_useless_candidate_gets_nothing():
    random = np.random.default_rng(0)
    classes = random.integers(0, 3, 400)
    good = 0.8 * np.eye(3)[classes] + 0.2 / 3
    told = {"good": good, "noise": random.dirichlet(np.ones(3), 400)}
    stack = stacking.learn(told, {}, classes, "classes")
    assert stack.weights == {"good": 1.0}
    np.testing.assert_allclose(stack.combine(told, {}).sum(1), 1)


def test_few_rows_get_one_candidate_or_the_mean_of_two():
    random = np.random.default_rng(0)
    truth = random.normal(size=60)
    told = {name: truth + random.normal(0, 1, 60) for name in "abc"}
    weights = stacking.learn(told, {}, truth, "regression").weights
    assert sorted(weights.values()) in ([1.0], [0.5, 0.5])


def test_the_edge_value_is_found_at_either_end_and_nowhere_else():
    spread = np.linspace(1, 9, 40)
    assert stacking.edge_of(np.append(np.zeros(12), spread)) == 0
    assert stacking.edge_of(np.append(np.full(12, 10.0), spread)) == 10
    assert stacking.edge_of(np.append(np.full(12, 5.0), spread)) is None
    assert stacking.edge_of(np.append(np.zeros(5), spread)) is None
    assert stacking.edge_of(np.zeros(50)) is None


def test_a_gate_helps_where_half_of_the_rows_are_zero():
    random = np.random.default_rng(0)
    zero = random.random(400) < 0.5
    truth = np.where(zero, 0.0, random.uniform(1, 5, 400))
    told = {"smooth": np.where(zero, 0.4, 0.9 * truth) + random.normal(0, 0.1, 400)}
    gates = {"two-part": np.clip(np.where(zero, 0.85, 0.15) + random.normal(0, 0.1, 400), 0, 1)}
    stack = stacking.learn(told, gates, truth, "regression", edge=0.0)
    without = Stack(stack.weights, 0.0)
    gated = stack.combine(told, gates)
    assert stacking.loss_of(gated, truth, "regression") < 0.7 * stacking.loss_of(
        without.combine(told, gates), truth, "regression"
    )
    assert (gated >= 0).all()
    assert (gated[zero] == 0).mean() > 0.9


def test_a_gate_that_knows_nothing_is_not_kept():
    random = np.random.default_rng(0)
    truth = np.where(random.random(400) < 0.3, 0.0, random.uniform(1, 5, 400))
    told = {"exact": truth + 0.01}
    stack = stacking.learn(told, {"blind": random.random(400)}, truth, "regression", edge=0.0)
    assert stack.threshold is None
    assert stack.gates == []


def test_a_two_part_candidate_says_the_edge_value_exactly(features):
    anion = np.arange(48) % 4
    values = np.where(anion < 2, 0.0, 10.0 + np.arange(48))
    problem = Problem("regression", values, edge=0.0)
    fitted = candidates.fit(
        "trees-statistics-two-part", problem, np.arange(48), features["statistics"], 0, 1, False
    )
    told = fitted.predict(features["statistics"])
    np.testing.assert_array_equal(told[anion < 2], 0.0)
    assert (told[anion >= 2] >= 10).all()


def test_trees_answer_alike_to_the_last_bit_whatever_the_number_of_threads(features, salts):
    problem = Problem("regression", np.array(salts[1]) / 7)
    matrix, rows = features["fractions"], np.arange(48)
    one = candidates.fit("trees-fractions", problem, rows, matrix, 0, 1, True).predict(matrix)
    for _ in range(5):
        two = candidates.fit("trees-fractions", problem, rows, matrix, 0, 2, True).predict(matrix)
        np.testing.assert_array_equal(one, two)


def test_more_rows_of_a_learnable_property_lower_the_error_and_of_noise_they_do_not():
    metals = ["Li", "Na", "K", "Mg", "Ca", "Sr", "Ba", "Zn", "Cd", "Al"]
    made = [(k, i, j) for k in range(10) for i in range(1, 6) for j in range(1, 6) if np.gcd(i, j) == 1]
    oxides = Features([f"{metals[k]}{i}O{j}" for k, i, j in made], None)
    folds = np.random.default_rng(0).permutation(len(made)) % 4
    share = np.array([100.0 * (1 + k % 3) * i / (i + j) for k, i, j in made])
    assert 0 < gain_from_rows(Problem("regression", share), oxides, folds, 0, 1) < 0.95
    noise = np.random.default_rng(0).normal(size=len(made))
    assert gain_from_rows(Problem("regression", noise), oxides, folds, 0, 1) > 0.9
    assert gain_from_rows(Problem("regression", noise[:30]), oxides, folds[:30], 0, 1) is None


def test_overconfident_probabilities_are_corrected():
    random = np.random.default_rng(0)
    line = random.normal(0, 1.5, 1500)
    classes = (random.random(1500) < 1 / (1 + np.exp(-line))).astype(int)
    second = 1 / (1 + np.exp(-4 * line))  # four times too sure
    raw = np.stack([1 - second, second], 1)
    correction = probabilities.learn(raw, classes)
    told = correction(raw)
    assert correction.method != "none"
    assert probabilities.log_loss(told, classes) < 0.75 * probabilities.log_loss(raw, classes)
    np.testing.assert_allclose(told.sum(1), 1)
    assert (np.diff(told[np.argsort(second), 1]) >= -1e-12).all()


@pytest.mark.parametrize("method", probabilities.METHODS)
def test_every_correction_gives_probabilities(method):
    random = np.random.default_rng(0)
    raw = random.dirichlet(np.ones(2), 200)
    told = probabilities.METHODS[method](raw, random.integers(0, 2, 200))(raw)
    np.testing.assert_allclose(told.sum(1), 1)
    assert ((told >= 0) & (told <= 1)).all()


def test_the_pretrained_answers_are_in_physical_units(checkpoint, salts):
    pretrained = Pretrained.open("matbert-small")
    told = pretrained.vectors(pretrained.encode(["NaCl", "Fe"]))
    names = [p["name"] for p in pretrained.network.config.properties]
    gap = told[:, pretrained.network.config.hidden_size + names.index("mp_band_gap")]
    assert gap[0] > 2
    assert abs(gap[1]) < 0.5
    energy = told[:, pretrained.network.config.hidden_size + names.index("mp_formation_energy")]
    np.testing.assert_allclose(energy, [-2.1, 0.0], atol=0.4)
    assert Pretrained.open(checkpoint).vectors(pretrained.encode(["NaCl"])).shape == (1, 32)


def test_solved_is_all_the_usual_candidates_but_the_network():
    problem = Problem("regression", np.arange(30.0), notation="smiles")
    usual, _ = candidates.choose(None, problem, True)
    solved, left_out = candidates.choose(["solved"], problem, True)
    assert [*solved, "network"] == usual
    assert left_out["network"] == "was not asked for"
    with pytest.raises(ValueError, match="no candidate 'solved'"):
        candidates.choose(["solved", "network"], problem, True)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_an_edge_value_of_a_strange_row_needs_the_network(sign):
    """Gaps from 0 up, or their negatives: the edge may be the smallest or the largest value."""
    answers = sign * np.array([0.0] * 40 + [2.0] * 40)
    told = {"network": answers + 0.01, "trees-fractions": answers}
    stack = stacking.learn(told, {}, answers, "regression", edge=0.0)
    assert stack.midway == sign * 1.0
    answer = sign * np.array([0.0, 0.0, 0.0, 0.5])
    network = sign * np.array([1.8, 1.8, 0.6, 1.8])
    strange = np.array([True, False, True, True])
    expected = sign * np.array([1.8, 0.0, 0.0, 0.5])
    np.testing.assert_allclose(stack.consented(answer, network, strange), expected)


def test_without_an_edge_no_answer_needs_a_witness():
    answer = np.array([0.0, 1.0])
    assert np.array_equal(Stack({"a": 1.0}).consented(answer, answer + 5, np.array([True, True])), answer)

"""An audit finds what was put wrong into a table on purpose, and nothing in a clean one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from matprior.data import Task, read_table
from matprior.data.audit import audit
from matprior.data.audit_labels import noise_of
from matprior.data.audit_near import near_pairs
from matprior.data.audit_units import suspicious_units
from matprior.data.seen import write_seen
from matprior.notations import fraction_matrix

METALS = ["Li", "Na", "K", "Rb", "Mg", "Ca", "Sr", "Ba", "Fe", "Co", "Ni", "Cu", "Zn", "Ti"]
ANIONS = ["F", "Cl", "Br", "O", "S", "Se"]


def world(noise: float = 1.0) -> pd.DataFrame:
    """168 compounds whose modulus follows from metal and anion."""
    strings = [f"{m}{n}{a}" for m in METALS for a in ANIONS for n in (1, 2)]
    value = [100 + 5 * i + 20 * j for i in range(len(METALS)) for j in range(len(ANIONS)) for _ in (1, 2)]
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {"formula": strings, "K_GPa": np.array(value) + noise * rng.normal(size=len(strings))}
    )


def audited(frame: pd.DataFrame, target: str | None = "K_GPa", kind: str | None = None, extra=(), **more):
    task = Task(strings="formula", targets=[target] if target else [], kind=kind, extra=list(extra))
    return audit(read_table(frame, task, merge_duplicates="keep"), **more)


def finding(found, check: str):
    return next(one for one in found.findings if one.check.startswith(check))


def test_a_clean_table_has_nothing_to_look_at():
    found = audited(world())
    assert found.n_problems == 0, found.rows[found.rows["problems"] != ""]


def test_other_spellings_of_one_material_are_duplicates_within_and_across_parts():
    frame = pd.DataFrame(
        {
            "formula": ["Fe2O3", "O6Fe4", "NaCl", "ClNa", "KCl"],
            "part": ["train", "test", "train", "train", "test"],
        }
    )
    found = audited(frame, None, split="part")
    assert finding(found, "duplicates").n == 4
    assert finding(found, "duplicates across").n == 2
    assert found.rows["same_across"].tolist() == [True, True, False, False, False]
    assert found.rows["same_rows"].tolist() == ["1 2", "1 2", "3 4", "3 4", ""]


def test_the_index_finds_exactly_the_pairs_that_a_search_by_hand_finds():
    rng = np.random.default_rng(1)
    amounts = np.unique(rng.integers(28, 33, size=(150, 3)), axis=0)
    strings = list(dict.fromkeys(f"Fe{a}Co{b}Ni{c}" for a, b, c in amounts.tolist()))
    x = fraction_matrix(strings)
    gaps = np.abs(x[:, None] - x[None]).sum(2)
    wanted = {(i, j) for i, j in np.argwhere(gaps < 0.02).tolist() if i < j}
    left, right, distance = near_pairs(strings, None, "composition")
    assert set(zip(left.tolist(), right.tolist(), strict=True)) == wanted
    assert wanted
    assert np.allclose(distance, gaps[left, right], atol=1e-6)


def test_near_duplicates_that_reach_into_another_part_are_told():
    frame = pd.DataFrame({"formula": ["Fe50Ni50", "Fe501Ni499", "NaCl"], "part": [0, 1, 1]})
    found = audited(frame, None, split="part")
    assert finding(found, "near-duplicates across").n == 2
    assert found.near["across"].tolist() == [True]
    assert found.rows["near"].tolist()[2] == ""


def test_other_notations_are_near_within_a_group_by_features(monkeypatch):
    class Letters:
        group = staticmethod(lambda string: string[0])

        @staticmethod
        def features(strings):
            return np.array(
                [[s.count("a"), s.count("b"), s.count("c"), len(s)] for s in strings], dtype=float
            )

    import matprior.data.audit_near as module

    monkeypatch.setattr(module, "NOTATIONS", {"letters": Letters})
    strings = ["xaaa", "xaaab", "xbb", "yaaa", "xcccc", "xaaaa"]
    left, right, _ = near_pairs(strings, None, "letters")
    assert all(strings[i][0] == strings[j][0] for i, j in zip(left, right, strict=True))
    assert (0, 5) in set(zip(left.tolist(), right.tolist(), strict=True)) or not len(left)
    twice, _, _ = near_pairs(strings, ["xaaa ", "yaaa"], "letters")
    assert 3 not in twice  # equal strings are no near pair


def test_the_noise_floor_of_replicates_is_that_which_was_put_in():
    rng = np.random.default_rng(2)
    truth = rng.normal(0, 5, 400)
    strings = np.repeat(np.arange(400).astype(str), 3)
    floor = noise_of(strings, np.repeat(truth, 3) + rng.normal(0, 1.0, 1200), True)
    assert floor is not None
    assert floor.spread == pytest.approx(1.0, abs=0.06)
    assert floor.error == pytest.approx(np.sqrt(2 / np.pi), abs=0.06)
    assert floor.best == pytest.approx(1 - 1 / 26, abs=0.01)


def test_the_share_of_wrong_classes_is_found_from_pairs_that_disagree():
    rng = np.random.default_rng(3)
    truth = np.repeat(rng.integers(0, 2, 1500), 2)
    wrong = rng.random(3000) < 0.1
    floor = noise_of(np.repeat(np.arange(1500), 2), np.where(wrong, 1 - truth, truth), False)
    assert floor is not None
    assert floor.error == pytest.approx(0.1, abs=0.02)


def test_labels_at_other_temperatures_do_not_contradict_each_other():
    frame = pd.concat([world(0).assign(T=25), world(0).assign(T=800, K_GPa=lambda f: f["K_GPa"] - 60)])
    assert finding(audited(frame), "inconsistent").words.startswith("336 labels of 168")
    assert finding(audited(frame, extra=["T"]), "replicates").n == 0


@pytest.mark.parametrize(("factor", "unit"), [(1000, "MPa"), (10, "kbar")])
def test_values_in_another_unit_are_found_and_nothing_else(factor, unit):
    frame = world()
    wrong = [3, 50, 90, 120]
    frame.loc[wrong, "K_GPa"] *= factor
    found = audited(frame)
    told = found.rows["K_GPa_likely_unit"]
    assert np.flatnonzero(told != "").tolist() == wrong
    assert set(told[wrong]) == {unit}
    assert finding(found, "suspicious").n == 4


def test_celsius_among_kelvin_is_told_where_the_scatter_allows():
    expected = np.linspace(300, 900, 50)
    values = expected + np.random.default_rng(0).normal(0, 5, 50)
    values[7] -= 273.15
    found = suspicious_units(values, expected, "K", values)
    assert [(one.place, one.unit) for one in found] == [(7, "°C")]
    loud = expected + np.random.default_rng(0).normal(0, 200, 50)
    assert not [one for one in suspicious_units(loud, expected, "K", loud) if one.factor == 0]


def test_of_two_contradicting_labels_the_one_unlike_similar_materials_is_blamed():
    frame = world()
    frame = pd.concat([frame, frame.iloc[[10]].assign(K_GPa=lambda f: f["K_GPa"] * 1000)], ignore_index=True)
    told = audited(frame).rows["K_GPa_likely_unit"]
    assert np.flatnonzero(told != "").tolist() == [168]


def test_a_value_far_from_similar_materials_is_an_outlier():
    frame = world()
    frame.loc[40, "K_GPa"] = 900.0
    found = audited(frame)
    assert "stands apart" in found.rows["problems"][40]
    assert finding(found, "outliers").n == 1


def test_a_constant_target_is_said():
    assert finding(audited(world().assign(K_GPa=5.0)), "constant").n == 168


def test_tables_and_checkpoints_are_counted(tmp_path):
    write_seen(["ClNa", "MgO"], tmp_path / "seen.safetensors")
    frame = pd.DataFrame({"formula": ["NaCl", "KCl", "Fe50Ni50"]})
    found = audited(
        frame, None, against={"other": ["KCl", "Fe501Ni499"]}, seen={"small": tmp_path / "seen.safetensors"}
    )
    by = found.overlaps.set_index("name")
    assert by.loc["other", ["same", "near"]].tolist() == [1, 1]
    assert by.loc["small", "same"] == 1
    assert found.rows["held_by"].tolist() == ["small", "other", ""]
    assert found.rows["near_in"].tolist() == ["", "", "other"]


def test_refusals_name_the_way_out():
    with pytest.raises(ValueError, match="no column 'x'"):
        audited(world(), None, split="x")
    with pytest.raises(ValueError, match="sum of fractions above 0"):
        near_pairs(["NaCl"], None, "composition", 0.0)

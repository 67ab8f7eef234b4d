"""The best of a pool are the best of all its rows, however the work is cut, stopped or shared out."""

from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest

from matprior.estimators import load
from matprior.notations import NOTATIONS
from matprior.screening import Screening, screen
from matprior.screening.options import Shard

COMPOSITION = NOTATIONS["composition"]


def run(model, pool, tmp_path, name="best.csv", **options):
    how = {key: options.pop(key) for key in ("workers", "shard", "merge", "progress") if key in options}
    return screen(
        model, pool, tmp_path / name, Screening(**{"chunk": 40, **options}), **{"workers": 1, **how}
    )


@pytest.fixture
def everything(regressor, formulas) -> pd.DataFrame:
    """What the model says of every formula, best first."""
    model = load(regressor)
    strings = list(dict.fromkeys(map(COMPOSITION.canonical, formulas)))
    frame = model.predict_interval(strings).assign(string=strings, near=model.in_domain(strings))
    return frame.sort_values("prediction", ascending=False, kind="stable").reset_index(drop=True)


def test_the_best_are_those_of_all_rows(regressor, pool, tmp_path, everything):
    best = run(regressor, pool, tmp_path, top=25).best
    assert best["string"].tolist() == everything["string"][:25].tolist()
    np.testing.assert_allclose(best["melting_K"], everything["prediction"][:25], rtol=1e-5)
    np.testing.assert_allclose(best["melting_K_high"], everything["high"][:25], rtol=1e-5)
    assert best["in_domain"].tolist() == everything["near"][:25].tolist()
    assert pd.read_csv(tmp_path / "best.csv")["string"].tolist() == best["string"].tolist()


def test_the_lowest_are_kept_when_asked_for(regressor, pool, tmp_path, everything):
    best = run(regressor, pool, tmp_path, top=5, lowest=True).best
    assert best["string"].tolist() == everything["string"][:-6:-1].tolist()
    assert best["score"].is_monotonic_increasing


@pytest.mark.parametrize(("by", "column"), [("upper", "high"), ("lower", "low")])
def test_bounds_can_decide(regressor, pool, tmp_path, everything, by, column):
    best = run(regressor, pool, tmp_path, top=5, by=by).best
    np.testing.assert_allclose(best["score"], np.sort(everything[column])[::-1][:5], rtol=1e-5)


def test_a_window_is_scored_by_the_chance_to_lie_in_it(regressor, pool, tmp_path, everything):
    from scipy.stats import norm

    centre = float(everything["prediction"].median())
    best = run(regressor, pool, tmp_path, top=9, by=f"target={centre}±5").best
    low, high = (norm.cdf(centre + sign * 5, everything["prediction"], everything["std"]) for sign in (-1, 1))
    np.testing.assert_allclose(best["score"], np.sort(high - low)[::-1][:9], rtol=1e-4)


def test_a_window_far_from_all_still_has_a_nearest(regressor, pool, tmp_path, everything):
    assert run(regressor, pool, tmp_path, top=1, by="target=1e9±1").best["string"][0] in (
        everything["string"][0], everything.sort_values("high")["string"].iloc[-1],
        everything.sort_values("std")["string"].iloc[-1],
    )  # fmt: skip


def test_rules_on_elements_are_kept(regressor, pool, tmp_path):
    done = run(regressor, pool, tmp_path, top=500, require=["Li"], forbid=["Pb", "U"])
    elements = [set(COMPOSITION.group(string).split("-")) for string in done.best["string"]]
    assert elements
    assert all("Li" in one and not one & {"Pb", "U"} for one in elements)
    assert done.counts["against_rules"] + done.counts["answered"] + done.counts["bad"] == done.counts["rows"]


def test_one_of_each_family_is_the_best_of_it(regressor, pool, tmp_path, everything):
    best = run(regressor, pool, tmp_path, top=12, diverse=True).best
    families = everything["string"].map(COMPOSITION.group)
    wanted = everything[~families.duplicated()][:12]
    assert best["string"].tolist() == wanted["string"].tolist()
    assert best["group"].tolist() == families[wanted.index].tolist()


def test_only_strings_like_the_training_rows(regressor, pool, tmp_path, everything):
    best = run(regressor, pool, tmp_path, top=20, in_domain_only=True).best
    assert best["string"].tolist() == everything[everything["near"]]["string"][:20].tolist()
    assert best["in_domain"].all()


def test_every_row_is_accounted_for(regressor, pool, tmp_path):
    done = run(regressor, pool, tmp_path, chunk=1000)
    counts = done.counts
    assert counts["bad"] + counts["answered"] + counts["repeated"] == counts["rows"] == 334
    assert counts["repeated"] == 1
    bad = pd.read_csv(done.bad_rows, keep_default_na=False)
    assert bad["row"].tolist() == [51, 202, 203]
    assert bad["string"].tolist() == ["Xx2O3", "", "hello world"]


def test_a_repeated_string_stands_once_with_its_first_row(regressor, pool, tmp_path, formulas):
    best = run(regressor, pool, tmp_path, top=1000).best
    assert best["string"].is_unique
    assert best.set_index("string").loc[COMPOSITION.canonical(formulas[3]), "row"] == 4


@pytest.mark.parametrize("ending", [".tsv", ".txt", ".txt.gz", ".csv.gz", ".parquet"])
def test_every_kind_of_file_gives_the_same(regressor, formulas, tmp_path, ending):
    path, frame = tmp_path / f"pool{ending}", pd.DataFrame({"formula": formulas})
    if ending.startswith(".txt"):
        opened = gzip.open if ending.endswith(".gz") else open
        with opened(path, "wt") as stream:
            stream.write("\n".join(formulas))
    elif ending == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False, sep="\t" if ending == ".tsv" else ",")
    plain = tmp_path / "plain.txt"
    plain.write_text("\n".join(formulas))
    found = run(regressor, path, tmp_path, top=30).best
    pd.testing.assert_frame_equal(found, run(regressor, plain, tmp_path, "plain.csv", top=30).best)


def test_a_folder_of_files_is_one_pool(regressor, formulas, tmp_path):
    folder = tmp_path / "pool"
    folder.mkdir()
    for i in range(3):
        (folder / f"{i}.txt").write_text("\n".join(formulas[i::3]))
    together = run(regressor, folder, tmp_path, top=30).best
    (tmp_path / "plain.txt").write_text("\n".join(formulas))
    one = run(regressor, tmp_path / "plain.txt", tmp_path, "plain.csv", top=30).best
    assert set(together["string"]) == set(one["string"])
    assert together["file"].isin(["0.txt", "1.txt", "2.txt"]).all()


def test_workers_and_shards_change_nothing(regressor, pool, tmp_path):
    options = {"top": 30, "by": "upper", "diverse": True}
    alone = run(regressor, pool, tmp_path, "alone.csv", **options).best
    pd.testing.assert_frame_equal(alone, run(regressor, pool, tmp_path, "two.csv", workers=2, **options).best)
    for i in (3, 1, 2):
        assert not len(run(regressor, pool, tmp_path, "shared.csv", shard=Shard(i, 3), **options).best)
    merged = run(regressor, pool, tmp_path, "shared.csv", merge=True, **options)
    pd.testing.assert_frame_equal(alone, merged.best)
    assert merged.answered == 0
    assert (tmp_path / "alone.csv").read_bytes() == (tmp_path / "shared.csv").read_bytes()


def test_a_merge_before_the_last_shard_says_what_lacks(regressor, pool, tmp_path):
    run(regressor, pool, tmp_path, shard=Shard(1, 2))
    with pytest.raises(ValueError, match=r"4 of 9 chunks have no part .* number 1\."):
        run(regressor, pool, tmp_path, merge=True)


def test_probability_of_a_class(classifier, pool, tmp_path, formulas):
    model = load(classifier)
    strings = list(map(COMPOSITION.canonical, formulas))
    salt = np.sort(model.predict_proba(strings)[:, 1])[::-1]
    best = run(classifier, pool, tmp_path, top=7).best
    np.testing.assert_allclose(best["score"], salt[:7], rtol=1e-5)
    assert (best["kind_p_salt"] == best["score"].astype("float32")).all()
    oxide = run(classifier, pool, tmp_path, "oxide.csv", top=7, by="probability=oxide").best
    np.testing.assert_allclose(oxide["score"], 1 - salt[::-1][:7], rtol=1e-4)


def test_nothing_left_is_an_empty_table(regressor, pool, tmp_path):
    done = run(regressor, pool, tmp_path, require=["Xe"])
    assert len(done.best) == 0
    assert list(pd.read_csv(tmp_path / "best.csv")) == ["rank", "row", "string", "score"]

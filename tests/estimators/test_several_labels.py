"""Several yes-or-no questions at once, with gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from matprior.estimators import load

TRAINED = {"epochs": 40, "batch_size": 8, "learning_rate": 3e-3, "head_learning_rate": 3e-3, "patience": 40}


@pytest.fixture
def labels(strings) -> pd.DataFrame:
    """Is it an oxide, is it a fluoride; every seventh answer is missing."""
    frame = pd.DataFrame(
        {"oxide": [float("O" in s) for s in strings], "fluoride": [float("F" in s) for s in strings]}
    )
    frame.iloc[::7, 0] = np.nan
    frame.iloc[3::7, 1] = np.nan
    return frame


@pytest.mark.parametrize("strategy", ["full", "extract"])
def test_each_label_is_learned_and_the_folder_keeps_all_of_it(
    strategy, classifier, strings, labels, tmp_path
):
    before = classifier(strategy=strategy, training=TRAINED).fit(strings, labels)
    probability = before.predict_proba(strings)
    assert probability.shape == (48, 2)
    known = labels.notna().to_numpy()
    hit = (before.predict(strings) == labels.to_numpy())[known]
    assert hit.mean() > 0.9
    after = load(before.save(tmp_path / "m"))
    np.testing.assert_array_equal(after.predict_proba(strings), probability)
    np.testing.assert_array_equal(after.predict(strings), before.predict(strings))
    assert after.target_names_ == ["oxide", "fluoride"]
    assert after.model_.config.problem_type == "multi_label_classification"
    assert set(before.watched_results_["target"]) == {"oxide", "fluoride"}


def test_thresholds_come_from_watched_rows_one_per_label(classifier, strings, labels):
    from matprior.estimators.threshold import best_threshold

    fitted = classifier().fit(strings, labels)
    watched = fitted._watched(["NaCl"] * 48)
    probability = fitted.predict_proba([strings[i] for i in watched])
    for i, name in enumerate(labels):
        truth = labels[name].to_numpy()[watched]
        known = np.isfinite(truth)
        assert fitted.threshold_[i] == pytest.approx(
            best_threshold(probability[known, i], truth[known]), abs=1e-5
        )


def test_a_label_that_is_unknown_teaches_nothing(classifier, strings, labels):
    # The row keeps its other label; whatever stands in the gap, the weights are the same.
    one = classifier().fit(strings, labels)
    objects = labels.astype(object).where(labels.notna(), None)
    two = classifier().fit(strings, objects)
    np.testing.assert_array_equal(one.predict_proba(strings), two.predict_proba(strings))
    assert np.isfinite(one.predict_proba(strings)).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.assign(oxide=2.0), r"'oxide' of row 1 is 2.0.*give 1, 0, or NaN"),
        (lambda f: f.assign(oxide="yes"), r"'oxide' of row 1 is 'yes'"),
        (lambda f: f.assign(oxide=1.0), r"'oxide' has 1 in every known row"),
        (lambda f: f.assign(oxide=np.nan), r"'oxide' has no known row"),
    ],
)
def test_labels_that_are_no_yes_or_no_are_answered(change, said, classifier, strings, labels):
    with pytest.raises(ValueError, match=said):
        classifier().fit(strings, change(labels))


def test_a_single_column_of_shape_n_by_1_is_classes_as_ever(classifier, strings, families):
    fitted = classifier(strategy="extract").fit(strings, families[:, None])
    assert not fitted.multilabel_
    assert fitted.predict_proba(strings).shape == (48, 4)

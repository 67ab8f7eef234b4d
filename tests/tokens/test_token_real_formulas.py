"""On formulas from real tables: both paths agree, nothing is unknown, amounts come back exactly."""

from __future__ import annotations

import gzip
import warnings

import numpy as np
import pytest

from matprior.tokens import audit, encode_many
from matprior.tokens.composition import CompositionTokenizer


@pytest.fixture(scope="module")
def corpus(shared):
    with gzip.open(shared / "compositions" / "corpus.txt.gz", "rt", encoding="utf-8") as lines:
        return [line.rstrip("\n").split("\t")[0] for line in lines]


def check_both_paths(strings, encoding):
    tokenizer = CompositionTokenizer(encoding=encoding)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        encoded = encode_many(strings, encoding)
        batch = tokenizer(strings)
    for row, (ids, amounts) in enumerate(zip(batch["input_ids"], batch["amounts"], strict=True)):
        n = encoded.lengths[row]
        assert encoded.ids[row, :n].tolist() == ids, strings[row]
        assert encoded.amounts[row, :n].tolist() == np.float32(amounts).tolist(), strings[row]
    assert (encoded.ids[np.arange(len(strings)), encoded.lengths - 1] == 3).all()
    assert ((encoded.ids >= 5) == (encoded.amounts > 0)).all()


@pytest.mark.parametrize("encoding", ["amounts", "repeat"])
def test_both_paths_agree_on_a_sample_of_the_corpus(corpus, encoding):
    check_both_paths(corpus[::97], encoding)


def test_a_sample_of_the_corpus_is_never_unknown_and_comes_back_exactly(corpus):
    report = audit(CompositionTokenizer(), corpus[::197])
    for name in ("refused", "unknown", "truncated", "round_trip_failures"):
        assert report[name] == 0, report["examples"][name]


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["amounts", "repeat"])
def test_both_paths_agree_on_the_whole_corpus(corpus, encoding):
    for first in range(0, len(corpus), 50_000):
        check_both_paths(corpus[first : first + 50_000], encoding)


@pytest.mark.slow
def test_the_whole_corpus_comes_back_exactly(corpus):
    report = audit(CompositionTokenizer(), corpus)
    for name in ("refused", "unknown", "truncated", "round_trip_failures"):
        assert report[name] == 0, report["examples"][name]

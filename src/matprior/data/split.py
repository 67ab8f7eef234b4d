"""Who is tested on what: splitters with scikit-learn's manners that keep related materials on one side.

Every splitter takes canonical strings as X and yields (train, test) positions. The fold of a row follows
from its string and the seed, never from its place in the table. What counts as related is the notation's
business (`Notation.group`); labels are looked at only by a stratified `RandomFolds`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from matprior.data.dealing import check_count, column_texts, deal, draw, fold_names, make_strata
from matprior.notations import NOTATIONS

Fold = tuple[np.ndarray, np.ndarray]


class Split(ABC):
    """A way to deal rows into folds. Use `split(strings)`, or hand it to scikit-learn as `cv`."""

    @abstractmethod
    def folds(
        self, strings: Sequence[str], y: Sequence | None = None, groups: Sequence | None = None
    ) -> np.ndarray:
        """Number of the fold each row is tested in, length n; -1 for rows that are never tested."""

    def split(
        self, X: Sequence[str], y: Sequence | None = None, groups: Sequence | None = None
    ) -> Iterator[Fold]:
        """Yield (train, test) positions, one pair per fold."""
        number = self.folds(X, y, groups)
        for fold in range(int(number.max()) + 1):
            test = number == fold
            yield np.flatnonzero(~test), np.flatnonzero(test)

    def get_n_splits(
        self, X: Sequence[str] | None = None, y: Sequence | None = None, groups: Sequence | None = None
    ) -> int:
        """How many folds there are."""
        return int(getattr(self, "n_splits", 0) or getattr(self, "n_clusters", 0))


@dataclass
class RandomFolds(Split):
    """K folds at random. Rows with the same string stay together, or the answer would be in training.

    Examples
    --------
    >>> folds = RandomFolds(n_splits=2).folds(["NaCl", "KCl", "NaCl", "KBr"])
    >>> bool(folds[0] == folds[2]), sorted(set(folds.tolist()))
    (True, [0, 1])
    """

    n_splits: int = 5
    """Number of folds."""
    seed: int = 0
    """Another seed deals another hand."""
    stratify: bool = False
    """Give every fold its share of each class, or of low and high values."""

    def folds(
        self, strings: Sequence[str], y: Sequence | None = None, groups: Sequence | None = None
    ) -> np.ndarray:
        """Number of the fold each row is tested in, length n."""
        if self.stratify and y is None:
            raise ValueError(
                "RandomFolds(stratify=True) got no labels (y=None); expected one per row. Pass y."
            )
        strata = make_strata(list(strings), np.asarray(y)) if self.stratify and y is not None else {}
        return deal(list(strings), self.n_splits, self.seed, "different strings", strata)


@dataclass
class GroupFolds(Split):
    """K folds of whole families: no chemical system (no scaffold) is in training and test at once.

    Examples
    --------
    >>> folds = GroupFolds(n_splits=2).folds(["Fe2O3", "NaCl", "FeO", "KCl"])
    >>> bool(folds[0] == folds[2])
    True
    """

    n_splits: int = 5
    """Number of folds."""
    seed: int = 0
    """Decides between families of equal size."""
    notation: str = "composition"
    """Whose idea of a family is used, when no groups are given."""

    def folds(
        self, strings: Sequence[str], y: Sequence | None = None, groups: Sequence | None = None
    ) -> np.ndarray:
        """Number of the fold each row is tested in, length n."""
        if groups is None:
            family = {string: NOTATIONS[self.notation].group(string) for string in dict.fromkeys(strings)}
            groups = [family[string] for string in strings]
        keys = column_texts(groups, strings, "groups")
        return deal(keys, self.n_splits, self.seed, "groups", {})


@dataclass
class LeaveClusterOut(Split):
    """Each cluster of similar materials is predicted from the others: how well a model reaches outside.

    k-means on the standardised features of the notation; clusters differ in size by nature.
    """

    n_clusters: int = 5
    """Number of clusters, each of which is one fold."""
    seed: int = 0
    """Start of k-means."""
    notation: str = "composition"
    """Whose features are clustered."""
    largest: int = 20_000
    """k-means learns on at most so many different strings; the others join the nearest centre."""

    def folds(
        self, strings: Sequence[str], y: Sequence | None = None, groups: Sequence | None = None
    ) -> np.ndarray:
        """Number of the cluster of each row, length n; clusters are numbered from large to small."""
        # In hash order, so that the start of k-means does not depend on the order of the table.
        distinct = sorted(set(strings), key=lambda string: (draw(string, self.seed), string))
        check_count(self.n_clusters, len(distinct), "different strings", "n_clusters")
        from sklearn.cluster import KMeans

        features = NOTATIONS[self.notation].features(distinct)
        spread = features.std(axis=0)
        moving = spread > 1e-12
        features = (features[:, moving] - features[:, moving].mean(axis=0)) / spread[moving]
        means = KMeans(self.n_clusters, n_init=10, random_state=self.seed).fit(features[: self.largest])
        cluster = dict(zip(distinct, means.predict(features).tolist(), strict=True))
        number = np.array([cluster[string] for string in strings], dtype=np.int64)
        sizes = np.bincount(number, minlength=self.n_clusters)
        if not sizes.all():
            raise ValueError(
                f"k-means filled only {int((sizes > 0).sum())} of n_clusters={self.n_clusters}; "
                "expected materials that differ more. Ask for fewer clusters."
            )
        rank = np.empty(self.n_clusters, dtype=np.int64)
        rank[np.argsort(-sizes, kind="stable")] = np.arange(self.n_clusters)
        return rank[number]


@dataclass
class ColumnFolds(Split):
    """One fold per value of a column, such as `official_test_fold`. Rows without a value are never tested.

    Examples
    --------
    >>> [test.tolist() for _, test in ColumnFolds(["b", "a", "", "b"]).split(["NaCl", "KCl", "KBr", "NaI"])]
    [[1], [0, 3]]
    """

    values: Sequence | None = None
    """The column, length n. None: taken from `groups` when splitting."""

    def folds(
        self, strings: Sequence[str], y: Sequence | None = None, groups: Sequence | None = None
    ) -> np.ndarray:
        """Number of the fold each row is tested in, length n; folds are in the order of their values."""
        texts = column_texts(self.values if self.values is not None else groups, strings, "the fold column")
        names = fold_names(texts)
        if len(names) < 2:
            raise ValueError(
                f"The fold column holds nothing but {', '.join(names) or 'empty cells'}; "
                "expected two or more. Choose another column, or let matprior make the folds."
            )
        if len(names) > max(20, 0.5 * len(texts)):
            raise ValueError(
                f"The fold column has {len(names)} values in {len(texts)} rows, such as {names[0]!r}; "
                "expected a few folds. Name the column that numbers the folds."
            )
        number = {name: i for i, name in enumerate(names)}
        return np.array([number.get(text, -1) for text in texts], dtype=np.int64)

    def get_n_splits(
        self, X: Sequence[str] | None = None, y: Sequence | None = None, groups: Sequence | None = None
    ) -> int:
        """How many folds there are."""
        values = self.values if self.values is not None else groups
        return len(fold_names(column_texts(values, values, "the fold column")))


_TEST = {"test", "testing", "holdout", "hold-out", "held-out", "heldout"}
_TRAIN = {"train", "training", "fit", "val", "valid", "validation", "dev"}


@dataclass
class TrainTestColumn(Split):
    """One fold: rows marked 'test' in a column. Rows marked 'val' join the training rows.

    Training takes its own validation rows from what it is given, so a table with train, val and test
    is used as its authors did: val for choosing, test for the figure.

    Examples
    --------
    >>> split = TrainTestColumn(["train", "Test", "val"])
    >>> [(train.tolist(), test.tolist()) for train, test in split.split(["NaCl", "KCl", "KBr"])]
    [([0, 2], [1])]
    """

    values: Sequence | None = None
    """The column, length n. None: taken from `groups` when splitting."""
    test: str | None = None
    """The value that marks test rows, when it is not a word such as 'test'; all other rows are training."""

    @staticmethod
    def fits(values: Sequence) -> bool:
        """Whether a column says train and test in words, rather than which fold a row is tested in."""
        words = {str(value).strip().lower() for value in values}
        return words <= _TEST | _TRAIN and bool(words & _TEST) and bool(words & _TRAIN)

    def folds(
        self, strings: Sequence[str], y: Sequence | None = None, groups: Sequence | None = None
    ) -> np.ndarray:
        """0 for test rows, -1 for training rows, length n."""
        texts = column_texts(
            self.values if self.values is not None else groups, strings, "the train/test column"
        )
        words = [text.lower() for text in texts]
        testing = {self.test.strip().lower()} if self.test is not None else _TEST
        for i, word in enumerate(words):
            if self.test is None and word not in _TEST | _TRAIN:
                raise ValueError(
                    f"The train/test column says {texts[i]!r} at position {i + 1}; expected 'train', 'val' "
                    "or 'test' in each row. Fill it in, or say which value marks test rows with `test`."
                )
        number = np.array([0 if word in testing else -1 for word in words], dtype=np.int64)
        if (number == 0).all() or (number == -1).all():
            raise ValueError(
                f"The train/test column marks {int((number == 0).sum())} of {len(number)} rows as test "
                f"(values: {', '.join(fold_names(texts)[:6])}); expected some of each. Check the column, "
                "or say which value marks test rows with `test`."
            )
        return number

    def get_n_splits(
        self, X: Sequence[str] | None = None, y: Sequence | None = None, groups: Sequence | None = None
    ) -> int:
        """One."""
        return 1


SPLITS: dict[str, type[Split]] = {
    "random": RandomFolds,
    "group": GroupFolds,
    "cluster": LeaveClusterOut,
    "column": ColumnFolds,
    "train_test": TrainTestColumn,
}
"""Name in a recipe -> class. The CLI and the docs read this."""

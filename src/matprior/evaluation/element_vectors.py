"""One vector per element: from a checkpoint, from tables of element properties, from nothing.

The only door to the files of the package `elementembeddings` (extra `probe`). They are read as files:
importing that package would load plotting libraries that are not needed here.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.notations.elements import SYMBOLS, property_table
from matprior.tokens.composition import ELEMENT_OFFSET, VOCABULARY_SIZE, Encoded, encode_many

MEASURED = (
    "mass", "electronegativity", "covalent_radius", "vdw_radius", "ionisation_energy", "electron_affinity",
    "melting_point",
)  # fmt: skip
"""Columns of our own table that do not come from an element's place in the periodic table."""
PACKAGED = {
    "magpie": "magpie.csv",
    "mat2vec": "mat2vec.csv",
    "skipatom": "skipatom_20201009_induced.csv",
}
"""Name -> file of `elementembeddings`. Ward et al. 2016, npj Comput. Mater. 2:16028; Tshitoyan et al. 2019,
Nature 571:95; Antunes et al. 2022, npj Comput. Mater. 8:44."""
CHUNK = 512
"""Formulas per forward pass."""


@dataclass(frozen=True)
class ElementVectors:
    """Vectors of the 118 elements under one name."""

    name: str
    values: NDArray
    """Shape (118, d); a row of NaN where an element has no vector."""
    learned: bool
    """Whether they come from the checkpoint that is examined."""

    @property
    def covered(self) -> NDArray:
        """Which elements have a vector, shape (118,)."""
        return np.isfinite(self.values).all(axis=1)


def open_encoder(model: str | Path) -> Any:
    """Encoder of a checkpoint or of a fitted model's folder, ready to answer.

    Parameters
    ----------
    model : name of a shipped checkpoint, or a folder
    """
    import torch

    from matprior.models.damage import WEIGHTS, check_network, reading
    from matprior.models.matbert import MatBertModel
    from matprior.models.zoo import find, quiet

    folder = find(model)
    check_network(folder)
    with warnings.catch_warnings(), quiet(), reading(folder, WEIGHTS):
        warnings.simplefilter("ignore")  # heads that the encoder has no use for
        encoder: Any = MatBertModel.from_pretrained(folder, dtype=torch.float32)
    return encoder.eval()


def encode_for(encoder: Any, strings: Sequence[str]) -> Encoded:
    """Ids and fractions as this encoder wants them."""
    return encode_many(list(strings), encoder.config.encoding, encoder.config.max_position_embeddings)


def input_vectors(encoder: Any) -> ElementVectors:
    """Rows of the embedding table: what the encoder knows of an element before it sees a formula."""
    weight = encoder.get_input_embeddings().weight.detach().cpu().numpy()
    return ElementVectors("input", weight[ELEMENT_OFFSET + 1 : VOCABULARY_SIZE].astype(float), True)


def contextual_vectors(encoder: Any, strings: Sequence[str]) -> ElementVectors:
    """Mean of the last layer over every place where an element stands in the given formulas.

    Every element is also shown once alone, so that none is without a vector.
    """
    from matprior.training.loop import answers

    encoded = encode_for(encoder, [*strings, *SYMBOLS])
    total = np.zeros((VOCABULARY_SIZE, encoder.config.hidden_size))
    count = np.zeros(VOCABULARY_SIZE)
    for start in range(0, len(encoded), CHUNK):
        part = encoded.take(np.arange(start, min(start + CHUNK, len(encoded))))
        hidden = answers(encoder, part, lambda out: out.last_hidden_state, batch_size=len(part))
        inside = part.ids > ELEMENT_OFFSET
        np.add.at(total, part.ids[inside], hidden[inside])
        np.add.at(count, part.ids[inside], 1)
    elements = slice(ELEMENT_OFFSET + 1, VOCABULARY_SIZE)
    return ElementVectors("contextual", total[elements] / count[elements, None], True)


def random_vectors(width: int, seed: int = 0) -> ElementVectors:
    """Normal numbers: what a linear probe finds where there is nothing to find.

    Examples
    --------
    >>> random_vectors(8).values.shape
    (118, 8)
    """
    return ElementVectors("random", np.random.default_rng(seed).normal(size=(len(SYMBOLS), width)), False)


def property_vectors() -> ElementVectors:
    """Our own table of measured properties, gaps filled from neighbours in the group.

    Examples
    --------
    >>> property_vectors().values.shape
    (118, 7)
    """
    values, names = property_table()
    return ElementVectors("properties", values[:, [names.index(one) for one in MEASURED]], False)


def packaged_vectors() -> list[ElementVectors]:
    """Tables of the package `elementembeddings`; an empty list where it is not installed."""
    spec = find_spec("elementembeddings")
    if spec is None or spec.origin is None:
        return []
    folder = Path(spec.origin).parent / "data" / "element_representations"
    return [_packaged(name, folder / file) for name, file in PACKAGED.items() if (folder / file).is_file()]


def _packaged(name: str, path: Path) -> ElementVectors:
    table = pd.read_csv(path, index_col=0, keep_default_na=False, na_values=[""])
    table = table.apply(pd.to_numeric, errors="coerce")
    table = table.fillna(table.mean()).reindex(list(SYMBOLS))
    return ElementVectors(name, table.to_numpy(dtype=float), False)

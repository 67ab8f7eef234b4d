"""Columns of numbers from strings, for learners that read no strings: fractions, statistics, and what a
pretrained model makes of them."""

from __future__ import annotations

import warnings
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
import torch

from matprior.estimators.columns import classical
from matprior.estimators.encoding import encoded, encoded_as, encoded_variants
from matprior.models.damage import WEIGHTS, check_network, reading
from matprior.models.families import family_of, save_tokenizer
from matprior.models.zoo import find, quiet
from matprior.tokens.composition import Encoded
from matprior.training.loop import answers

BLOCKS = ("fractions", "statistics", "fingerprints", "descriptors", "pretrained", "all")
"""Of compositions: `fractions` of elements; these with `statistics` of element properties. Of molecules:
`fingerprints`; these with `descriptors`. Of both: the `pretrained` model's vectors and property answers, and
`all` of a notation's own."""
OF_NETWORK = ("pretrained", "all")
"""Blocks that hold what the network makes of a spelling; the others are the same for every spelling."""
RICHEST = {"composition": "statistics", "smiles": "descriptors", "selfies": "descriptors"}
"""Notation -> the block that holds all that can be had without a network."""


class Pretrained:
    """A frozen pretrained model: vectors of strings, and its answers on the properties it was trained on.

    Parameters
    ----------
    network : `MatBertForPreTraining` or `MolBertForPreTraining`
    answers_properties : whether its property head was trained; a fitted model's folder has none
    """

    def __init__(self, network: Any, answers_properties: bool) -> None:
        self.network = network.eval()
        self.answers_properties = answers_properties

    @classmethod
    def open(cls, checkpoint: str | Path, pooling: str | None = None) -> Pretrained:
        """From a checkpoint's name or folder; `pooling` in place of the one it was pretrained with."""
        folder = find(checkpoint)
        check_network(folder)
        family = family_of(folder)
        settings = {} if pooling is None else family.settings(0.0, pooling)
        with warnings.catch_warnings(), quiet(), reading(folder, WEIGHTS):
            warnings.simplefilter("ignore")  # heads that the folder lacks are told by `missing_keys`
            opened: Any = family.pretraining.from_pretrained(
                folder, dtype=torch.float32, output_loading_info=True, **settings
            )
        network, loaded = opened
        whole = "properties.weight" not in loaded["missing_keys"] and bool(network.config.properties)
        if not whole:
            _without_properties(network)  # so that the folder it is saved in says so too
        return cls(network, whole)

    def save(self, folder: Path) -> None:
        """Write as a folder that `open` reads."""
        with quiet():
            self.network.save_pretrained(folder)
        save_tokenizer(self.network.config, folder)

    def encode(self, strings: list[str]) -> Encoded:
        """Token ids and fractions."""
        return encoded(strings, self.network.config)

    def vectors(self, encoded: Encoded) -> np.ndarray:
        """Vectors (n, d), and behind them the property answers (n, p) in physical units.

        Properties that were learned as logarithms stay so: a wild guess of one must not become 10^300.
        """
        told = answers(
            self.network, encoded, lambda out: torch.cat((out.pooler_output, out.property_logits), dim=-1)
        )
        d = self.network.config.hidden_size
        if not self.answers_properties:
            return told[:, :d]
        properties = self.network.config.properties
        scale = np.array([p["scale"] for p in properties], dtype=told.dtype)
        mean = np.array([p["mean"] for p in properties], dtype=told.dtype)
        told[:, d:] = told[:, d:] * scale + mean
        return told

    def embed(self, encoded: Encoded) -> np.ndarray:
        """Vectors alone."""
        return self.vectors(encoded)[:, : self.network.config.hidden_size]


def _without_properties(network: Any) -> None:
    """Give up a property head that was never trained, in the width a config without properties has."""
    network.config.properties = None
    network.properties = torch.nn.Linear(network.config.hidden_size, 1)
    torch.nn.init.zeros_(network.properties.weight)  # the same bits in every folder
    torch.nn.init.zeros_(network.properties.bias)


class Features:
    """Every block of features of some strings, each computed once and only when asked for.

    Parameters
    ----------
    strings : `n` strings
    pretrained : None where there is none; then the blocks `pretrained` and `all` are not to be had
    """

    def __init__(
        self, strings: list[str], pretrained: Pretrained | None, notation: str = "composition"
    ) -> None:
        self.strings = strings
        self.pretrained = pretrained
        self.notation = notation
        # A bad string is named here with its row, before anything is computed.
        self.encoded = encoded_as(strings, notation) if pretrained is None else pretrained.encode(strings)
        self._blocks: dict[str, np.ndarray] = {}
        self._first: Features | None = None

    def spellings(self, n: int, seed: int) -> list[Features]:
        """These features, and those of `n` further spellings of each string; a network must be there."""
        if not n or self.pretrained is None:
            return [self]
        several = [self]
        for one in encoded_variants(self.strings, self.pretrained.network.config, n, seed):
            other = copy(self)
            other.encoded, other._blocks, other._first = one, {}, self
            several.append(other)
        return several

    def __getitem__(self, block: str) -> np.ndarray:
        if self._first is not None and block not in OF_NETWORK:
            return self._first[block]
        if block not in self._blocks:
            self._blocks[block] = self._compute(block)
        return self._blocks[block]

    def _compute(self, block: str) -> np.ndarray:
        if block == "all":
            return np.hstack([self[RICHEST[self.notation]], self["pretrained"]])
        if block == "pretrained":
            assert self.pretrained is not None
            return self.pretrained.vectors(self.encoded)
        # What trees hold; wider numbers would be converted once per tree.
        return classical(self.strings, block, self.notation).astype(np.float32)

    @property
    def vectors(self) -> np.ndarray:
        """Where each string lies: the pretrained model's vector, or without one the element fractions or
        descriptors."""
        if self.pretrained is None:
            return self["fractions" if self.notation == "composition" else "fingerprints"]
        return np.ascontiguousarray(self["pretrained"][:, : self.pretrained.network.config.hidden_size])

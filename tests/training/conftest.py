"""48 rows for the tests of training."""

from __future__ import annotations

import numpy as np
import pytest

from matprior.tokens import encode_many
from matprior.training.batches import Rows


@pytest.fixture
def rows(salts) -> Rows:
    strings, values = salts
    values = (np.array(values) - np.mean(values)) / np.std(values)
    return Rows(encode_many(strings), values[:, None].astype(np.float32))

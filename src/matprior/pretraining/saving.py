"""A pretrained checkpoint as a folder: Hugging Face files, recipe, scores, what matprior must know."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from matprior.data.files import write_atomically
from matprior.data.recipe import write_recipe
from matprior.models.zoo import quiet
from matprior.pretraining.run import Pretrained, PretrainingRecipe

LICENCE = (
    "Weights: Apache-2.0. Learned from Materials Project, OQMD and WBM data (CC BY 4.0) "
    "and AFLOW data (free with citation)."
)

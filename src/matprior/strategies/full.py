"""Every weight may move, the lower layers least."""

from __future__ import annotations

from dataclasses import dataclass

from matprior.strategies.tuning import FineTuning


@dataclass
class FullFineTune(FineTuning):
    """Train encoder and head together with layer-wise rates; the best epoch on watched rows wins."""

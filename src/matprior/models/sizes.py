"""How big a MatBERT can be: one dict of shapes."""

from __future__ import annotations

SIZES: dict[str, dict[str, int]] = {
    "tiny": {"hidden_size": 96, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 384},
    "small": {"hidden_size": 192, "num_hidden_layers": 4, "num_attention_heads": 6, "intermediate_size": 768},
    "base": {"hidden_size": 384, "num_hidden_layers": 8, "num_attention_heads": 8, "intermediate_size": 1536},
}
"""Name -> fields of `MatBertConfig`: about 0.4, 1.9 and 14 million parameters."""

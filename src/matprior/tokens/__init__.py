"""Strings become ids here, and nowhere else.

The bulk path (`encode_many`) is NumPy alone; the Hugging Face tokenizer is loaded on first use.
"""

from __future__ import annotations

from matprior.tokens.audit import audit
from matprior.tokens.composition import ELEMENT_OFFSET, SPECIALS, VOCABULARY_SIZE, Encoded, encode_many

__all__ = ["ELEMENT_OFFSET", "SPECIALS", "VOCABULARY_SIZE", "Encoded", "audit", "encode_many"]

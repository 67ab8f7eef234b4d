"""The Hugging Face face of compositions: `CompositionTokenizer`.

A pure Python tokenizer whose vocabulary is fixed in code, so nothing but options and added tokens is
saved. Strict by default: text that is no formula raises `InvalidString`. For many strings at once
`matprior.tokens.encode_many` gives the same ids without the dictionaries.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from transformers import BatchEncoding, PreTrainedTokenizer
from transformers.tokenization_utils_base import TruncationStrategy
from transformers.utils import PaddingStrategy

from matprior.notations import InvalidString
from matprior.tokens.composition import MAX_LENGTH
from matprior.tokens.decoding import count_atoms, formula_of
from matprior.tokens.rows import Row, encode_rows
from matprior.tokens.text import NOWHERE, is_formula, read_all
from matprior.tokens.vocabulary import ID, SPECIALS, TOKENS, UNK, VOCABULARY_SIZE, check_encoding

ROLES = {f"{name[1:-1].lower()}_token": name for name in SPECIALS}
UNKNOWN = ("error", SPECIALS[UNK])
# A model_max_length may be "unlimited"; a repeat-encoded alloy would then need 100,000 tokens.
LONGEST = 512


class CompositionTokenizer(PreTrainedTokenizer):
    """Formulas to `input_ids`, `amounts` and `attention_mask`.

    Text may hold added tokens (prompts) before or after the formula, and `[MASK]` in place of an
    element; both are read by name. `[PAD]`, `[UNK]`, `[CLS]`, `[SEP]` have no meaning in text.

    Parameters
    ----------
    encoding : "amounts": one token per distinct element, with its atomic fraction in `amounts`;
        "repeat": one token per atom of the reduced formula
    unknown : "error" raises `InvalidString`; "[UNK]" keeps an unknown element's amount under the
        token `[UNK]`, reads text that is no formula as one `[UNK]`, and warns with the number of such texts
    **kwargs : of `transformers.PreTrainedTokenizer`, `model_max_length` (64) among them

    Examples
    --------
    >>> tokenizer = CompositionTokenizer()
    >>> batch = tokenizer(["Fe2O3", "NaCl"], padding=True)
    >>> batch["input_ids"], batch["amounts"][0]
    ([[2, 30, 12, 3], [2, 15, 21, 3]], [0.0, 0.4, 0.6, 0.0])
    >>> tokenizer.tokenize("Ca(OH)2"), CompositionTokenizer(encoding="repeat").tokenize("Ca(OH)2")
    (['Ca', 'H', 'O'], ['Ca', 'H', 'H', 'O', 'O'])
    """

    model_input_names = ["input_ids", "amounts", "attention_mask"]  # noqa: RUF012 (Hugging Face's name and type)

    def __init__(self, encoding: str = "amounts", unknown: str = "error", **kwargs: Any) -> None:
        self.encoding = check_encoding(encoding)
        if unknown not in UNKNOWN:
            raise ValueError(f"unknown must be 'error' or '[UNK]', got {unknown!r}.")
        self.unknown = unknown
        for name in ("is_local", "local_files_only"):  # how it was loaded is no property of the tokenizer
            kwargs.pop(name, None)
        kwargs = {"model_max_length": MAX_LENGTH, **ROLES, **kwargs}
        super().__init__(encoding=encoding, unknown=unknown, special_tokens_pattern="cls_sep", **kwargs)

    @property
    def vocab_size(self) -> int:
        """Tokens without the added ones."""
        return VOCABULARY_SIZE

    def get_vocab(self) -> dict[str, int]:
        """Token -> id, added tokens included."""
        return {token: place for place, token in enumerate(TOKENS)} | self._added_tokens_encoder

    def save_vocabulary(self, save_directory: str, filename_prefix: str | None = None) -> tuple[str, ...]:
        """Write nothing: the vocabulary is the periodic table."""
        return ()

    def tokenize(
        self, text: str, pair: str | None = None, add_special_tokens: bool = False, **kwargs: Any
    ) -> list[str]:
        """Tokens of one text."""
        ids = self._encode_plus(text, text_pair=pair, add_special_tokens=add_special_tokens)["input_ids"]
        return self.convert_ids_to_tokens(ids)

    def decode_formula(self, ids: Sequence[int], amounts: Sequence[float] | None = None) -> str:
        """Canonical formula of one row of ids; special and added tokens are passed over.

        Parameters
        ----------
        ids : shape (l,)
        amounts : shape (l,). Needed in the `amounts` encoding, not looked at in `repeat`.

        Examples
        --------
        >>> tokenizer = CompositionTokenizer()
        >>> batch = tokenizer("Na0.5Cl0.5")
        >>> tokenizer.decode_formula(batch["input_ids"], batch["amounts"])
        'NaCl'
        """
        if self.encoding == "amounts" and amounts is None:
            raise ValueError(
                "The 'amounts' encoding needs the amounts to write a formula: decode_formula(ids, amounts)."
            )
        return formula_of(ids, None if self.encoding == "repeat" else amounts)

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        """Element symbols with spaces; in `repeat`, runs of atoms as formulas."""
        return " ".join(count_atoms(tokens) if self.encoding == "repeat" else tokens)

    def get_special_tokens_mask(
        self, token_ids_0: list, token_ids_1: list | None = None, already_has_special_tokens: bool = False
    ) -> list[int]:
        """1 at every token that is no element, so that masking leaves prompts and `[UNK]` alone."""
        if not already_has_special_tokens:
            token_ids_0 = self.build_inputs_with_special_tokens(token_ids_0, token_ids_1)
        return [int(not len(SPECIALS) <= int(token) < VOCABULARY_SIZE) for token in token_ids_0]

    def pad(self, *args: Any, **kwargs: Any) -> BatchEncoding:
        """As in Hugging Face, with `amounts` padded by 0 and kept in single precision."""
        batch = super().pad(*args, **kwargs)
        amounts: Any = batch.get("amounts")
        if isinstance(amounts, np.ndarray):
            batch["amounts"] = amounts.astype(np.float32)
        elif hasattr(amounts, "float"):  # a tensor; torch need not be imported to see it
            batch["amounts"] = amounts.float()
        return batch

    def _pad(  # type: ignore[override]
        self, encoded_inputs: dict[str, Any], *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        before = len(encoded_inputs["input_ids"])
        padded = super()._pad(encoded_inputs, *args, **kwargs)
        missing = len(padded["input_ids"]) - before
        side = kwargs.get("padding_side") or self.padding_side
        for name, nothing in (("amounts", 0.0), ("offset_mapping", NOWHERE)):
            if missing > 0 and name in padded:
                values, filler = list(padded[name]), [nothing] * missing
                padded[name] = values + filler if side == "right" else filler + values
        return padded

    def _convert_token_to_id(self, token: str) -> int:
        if token in ID:
            return ID[token]
        return SPECIALS.index(token) if token in SPECIALS else UNK

    def _convert_id_to_token(self, index: int) -> str:
        if not 0 <= index < VOCABULARY_SIZE:
            raise ValueError(f"No token has the id {index}: ids are 0 to {len(self) - 1}.")
        return TOKENS[index]

    def _add_tokens(self, new_tokens: list, special_tokens: bool = False) -> int:
        for token in map(str, new_tokens):
            if token not in TOKENS and is_formula(token):
                raise ValueError(
                    f"{token!r} can't become a token: it reads as a formula, so formulas that hold it would "
                    "be cut in two. Choose a name that is none, such as '[OXIDE]'."
                )
        return super()._add_tokens(new_tokens, special_tokens=special_tokens)

    # The one hook behind calling, `encode` and `tokenize`.
    def _encode_plus(  # type: ignore[override]
        self,
        text: Any,
        text_pair: Any = None,
        add_special_tokens: bool = True,
        padding_strategy: PaddingStrategy = PaddingStrategy.DO_NOT_PAD,
        truncation_strategy: TruncationStrategy = TruncationStrategy.DO_NOT_TRUNCATE,
        max_length: int | None = None,
        **kwargs: Any,
    ) -> BatchEncoding:
        refused = ("is_split_into_words", "return_overflowing_tokens")
        if text_pair is not None or any(kwargs.get(name) for name in refused):
            raise ValueError(
                "A composition is one whole formula: text pairs, split words and overflowing tokens have no "
                "meaning here. Give a string or a list of strings."
            )
        single = isinstance(text, str)
        texts = [text] if single else list(text)
        truncates = truncation_strategy != TruncationStrategy.DO_NOT_TRUNCATE
        room = self._room(max_length if truncates else None) - (2 if add_special_tokens else 0)
        prompts = {name: token for name, token in self.get_added_vocab().items() if token >= VOCABULARY_SIZE}
        placed = bool(kwargs.get("return_offsets_mapping"))
        try:
            readings = read_all(texts, prompts, self.unknown)
            rows = encode_rows(readings, self.encoding, room, add_special_tokens, placed)
        except InvalidString as error:
            if single:  # one text has no row
                error = InvalidString(error.string, error.reason, error.position, error.suggestion)
            raise error from None
        for row in rows:
            self._eventual_warn_about_too_long_sequence(row.ids, max_length if truncates else None, True)
        return self._padded(self._columns(rows, kwargs), single, padding_strategy.value, max_length, kwargs)

    def _columns(self, rows: list[Row], options: dict) -> dict[str, list]:
        """What was asked for, by name."""
        columns: dict[str, list] = {"input_ids": [row.ids for row in rows]}
        columns["amounts"] = [row.amounts for row in rows]
        if options.get("return_token_type_ids"):
            columns["token_type_ids"] = [[0] * len(row.ids) for row in rows]
        if options.get("return_special_tokens_mask"):
            columns["special_tokens_mask"] = [
                self.get_special_tokens_mask(row.ids, None, True) for row in rows
            ]
        if options.get("return_offsets_mapping"):
            columns["offset_mapping"] = [row.spans for row in rows]
        if options.get("return_length"):
            columns["length"] = [len(row.ids) for row in rows]
        return columns

    def _padded(
        self, batch: dict[str, list], single: bool, padding: str, max_length: int | None, options: dict
    ) -> BatchEncoding:
        """Pad and convert; one text without tensors comes back without the batch axis."""
        kind = options.get("return_tensors")
        if not batch["input_ids"]:
            return BatchEncoding({**batch, "attention_mask": []}, tensor_type=kind)
        padded = self.pad(
            batch,
            padding=padding,
            max_length=max_length,
            pad_to_multiple_of=options.get("pad_to_multiple_of"),
            padding_side=options.get("padding_side"),
            return_attention_mask=options.get("return_attention_mask"),
            return_tensors=kind,
        )
        if single and kind is None:
            return BatchEncoding({name: column[0] for name, column in padded.items()})
        return padded

    def _room(self, max_length: int | None) -> int:
        """Tokens that fit in a row, `[CLS]` and `[SEP]` included."""
        if max_length is not None:
            return max_length
        if self.encoding == "repeat":  # amounts that aren't whole need some number of atoms
            return min(self.model_max_length, LONGEST)
        return LONGEST

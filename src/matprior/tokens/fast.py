"""Tokenizers of molecules for Hugging Face: data alone, so that plain `AutoTokenizer` opens them.

They are the public face of the closed vocabularies and give the ids of `encode_smiles` and
`encode_selfies`, which are several times as fast and are what training and prediction use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from matprior.tokens import selfies_vocabulary, smiles_vocabulary
from matprior.tokens.smiles_vocabulary import CLS, MASK, PAD, SEP, SPECIALS, TASKS, UNK

MAX_LENGTH = 256
"""Tokens of the longest sequence, `<cls>` and `<sep>` included."""
FORMS: dict[tuple[str, str], tuple[str, Mapping[str, int]]] = {
    ("smiles", "split"): (smiles_vocabulary.PATTERN, smiles_vocabulary.ID),
    ("smiles", "whole"): (smiles_vocabulary.WHOLE_PATTERN, smiles_vocabulary.WHOLE_ID),
    ("selfies", "symbols"): (selfies_vocabulary.PATTERN, selfies_vocabulary.ID),
}
"""(Notation, encoding) -> regular expression of one token, and the ids."""


def molecule_tokenizer(
    notation: str = "smiles", encoding: str | None = None, max_length: int = MAX_LENGTH
) -> PreTrainedTokenizerFast:
    """A tokenizer of SMILES or SELFIES with all of Hugging Face's doors: padding, offsets, saving.

    Text that is no token of the notation becomes `<unk>`, one for each stretch, or the token it is spelt like
    (`Xe` in `CXeC`, which needs brackets); nothing is dropped. Whether a string is a molecule is not its
    business but that of `matprior.notations`.

    Parameters
    ----------
    notation : "smiles" or "selfies"
    encoding : for SMILES "split" (the default: `[nH]` is four tokens and no bracket atom is unknown) or
        "whole" (`[nH]` is one token, of a fixed list); for SELFIES "symbols"
    max_length : what `truncation=True` cuts to; `<sep>` stays at the end

    Raises
    ------
    ValueError
        There is no such notation or encoding.

    Examples
    --------
    >>> tokenizer = molecule_tokenizer()
    >>> tokenizer.tokenize("C[nH]%12Cl")
    ['C', '[', 'n', 'H', ']', '%12', 'Cl']
    >>> tokenizer.decode(tokenizer("C/C=C\\\\Cl").input_ids, skip_special_tokens=True)
    'C/C=C\\\\Cl'
    """
    known = [form for name, form in FORMS if name == notation]
    if not known:
        names = ", ".join(dict.fromkeys(name for name, _ in FORMS))
        raise ValueError(f"No tokenizer of molecules for the notation {notation!r}. Known: {names}.")
    chosen = known[0] if encoding is None else encoding
    if chosen not in known:
        raise ValueError(f"No encoding {encoding!r} of {notation}. Known: {', '.join(known)}.")
    pattern, ids = FORMS[notation, chosen]
    return PreTrainedTokenizerFast(
        tokenizer_object=_pipeline(pattern, ids),
        model_input_names=["input_ids", "attention_mask"],  # no token types: a T5 refuses them
        model_max_length=max_length,
        # Blanks around dots and brackets are part of no SMILES, so none may be tidied away.
        clean_up_tokenization_spaces=False,
        extra_special_tokens=list(TASKS),
        **_roles(),
    )


def writing_tokenizer(
    pattern: str, ids: Mapping[str, int], asked: Sequence[str], max_length: int
) -> PreTrainedTokenizerFast:
    """A tokenizer for a network that writes: `<cls>` goes before a string and nothing behind it.

    Parameters
    ----------
    pattern : regular expression of one token
    ids : token -> id
    asked : tokens that are asked before a string; they are left out when ids are decoded
    """
    tokenizer = _pipeline(pattern, ids)
    tokenizer.post_processor = processors.TemplateProcessing(
        f"{SPECIALS[CLS]} $A", special_tokens=[(SPECIALS[CLS], CLS)]
    )
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in asked])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_input_names=["input_ids", "attention_mask"],
        model_max_length=max_length,
        clean_up_tokenization_spaces=False,
        **{role: token for role, token in _roles().items() if token in ids},
    )


def _pipeline(pattern: str, ids: Mapping[str, int]) -> Tokenizer:
    tokenizer = Tokenizer(models.WordLevel(dict(ids), unk_token=SPECIALS[UNK]))
    # "isolated" keeps what lies between two tokens as a piece of its own, which has no id: <unk>.
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(pattern), behavior="isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{SPECIALS[CLS]} $A {SPECIALS[SEP]}",
        pair=f"{SPECIALS[CLS]} $A {SPECIALS[SEP]} $B {SPECIALS[SEP]}",
        special_tokens=[(SPECIALS[CLS], CLS), (SPECIALS[SEP], SEP)],
    )
    tokenizer.decoder = decoders.Fuse()
    return tokenizer


def _roles() -> dict[str, Any]:
    places = {"pad": PAD, "unk": UNK, "cls": CLS, "sep": SEP, "mask": MASK, "bos": CLS, "eos": SEP}
    return {f"{role}_token": SPECIALS[place] for role, place in places.items()}

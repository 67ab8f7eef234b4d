"""Learned prompts of a composition encoder: a few vectors that say which property is asked for.

A shallow prompt is a row of vectors between `[CLS]`, which stays at position 0, and the elements (Lester et
al. 2021, arXiv:2104.08691). A deep prompt is a row of keys and values that every token can attend to in the
top layers (prefix tuning: Li & Liang 2021, arXiv:2101.00190; every layer: Liu et al. 2021,
arXiv:2110.07602). The blocks are Hugging Face's; here is only what they attend to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers.modeling_outputs import BaseModelOutput

DEPTHS = ("deep", "shallow")
"""Kinds of prompts."""


class Prompt(nn.Module):
    """The vectors of one task.

    Parameters
    ----------
    shape : `depth` ("deep" or "shallow"), `length` and, of a deep one, `layers`: how many from the top
    hidden_size : width `d` of the encoder

    Attributes
    ----------
    values : shape (p, d) of a shallow prompt; (layers, 2, p, d) of a deep one, keys and then values
    """

    def __init__(self, shape: dict[str, Any], hidden_size: int) -> None:
        super().__init__()
        rows = (shape["layers"], 2) if shape["depth"] == "deep" else ()
        self.values = nn.Parameter(torch.empty(*rows, shape["length"], hidden_size))

    def reset(self, spread: float = 0.02) -> None:
        """Start from small random numbers."""
        nn.init.normal_(self.values, std=spread)

    def given(self) -> Prompts:
        """The same prompt for every row of a batch."""
        return Prompts(self.values.unsqueeze(0), None)


@dataclass
class Prompts:
    """What the rows of a batch are prompted with."""

    values: Tensor
    """Shape (n, ...) of `Prompt.values`, or (1, ...) for all rows alike."""
    mask: Tensor | None
    """0 where a row's prompt is shorter than the longest, shape (n, p); None where all are as long."""

    @property
    def deep(self) -> bool:
        """Whether these are keys and values."""
        return self.values.ndim == 5

    @property
    def layers(self) -> int:
        """Layers from the top that see something of it."""
        return self.values.shape[1]

    @property
    def length(self) -> int:
        """Vectors per prompt."""
        return self.values.shape[-2]

    def beside(self, attention_mask: Tensor) -> Tensor:
        """Mask of the prompt for a batch, shape (n, p)."""
        if self.mask is None:
            return attention_mask.new_ones(len(attention_mask), self.length)
        return self.mask.to(attention_mask).expand(len(attention_mask), -1)


def stacked(prompts: list[Prompt], rows: Tensor) -> Prompts:
    """For each row of a batch the prompt of its task.

    Parameters
    ----------
    prompts : of all tasks, of one depth; lengths may differ
    rows : positions in `prompts`, shape (n,)
    """
    longest = max(prompt.values.shape[-2] for prompt in prompts)
    lengths = torch.tensor([prompt.values.shape[-2] for prompt in prompts], device=rows.device)
    padded = [
        nn.functional.pad(prompt.values, (0, 0, 0, longest - prompt.values.shape[-2])) for prompt in prompts
    ]
    mask = (torch.arange(longest, device=rows.device)[None] < lengths[:, None]).long()
    same = bool((lengths == longest).all())
    return Prompts(torch.stack(padded)[rows], None if same else mask[rows])


class Prefix:
    """Keys and values beside those of the tokens; stands where a Hugging Face layer looks for its cache."""

    def __init__(self, pair: Tensor, heads: int) -> None:
        """`pair` has shape (n, 2, p, d)."""
        n, _, length, width = pair.shape
        split = pair.view(n, 2, length, heads, width // heads).transpose(2, 3)
        self.keys, self.values = split[:, 0], split[:, 1]

    def update(self, keys: Tensor, values: Tensor, *_: Any) -> tuple[Tensor, Tensor]:
        """Prefix first, then the tokens; shapes (n, heads, l, d / heads)."""
        rows = (len(keys), -1, -1, -1)
        return torch.cat((self.keys.expand(rows), keys), 2), torch.cat((self.values.expand(rows), values), 2)


def insert(embeddings: Tensor, prompts: Prompts) -> Tensor:
    """Shallow prompts between the first token and the others, shape (n, 1 + p + l - 1, d)."""
    rows = prompts.values.expand(len(embeddings), -1, -1)
    return torch.cat((embeddings[:, :1], rows, embeddings[:, 1:]), dim=1)


def run(
    bert: nn.Module,
    embeddings: Tensor,
    attention_mask: Tensor,
    position_ids: Tensor | None,
    prompts: Prompts,
    output_attentions: bool = False,
) -> BaseModelOutput:
    """A `BertModel` with prompts; what comes back has the tokens alone.

    Parameters
    ----------
    embeddings : of the tokens, shape (n, l, d)
    attention_mask : shape (n, l)
    position_ids : shape (n, l); None counts from 0
    output_attentions : give attention maps too, over the prompt's places first (deep) or behind `[CLS]`
    """
    n, width = attention_mask.shape
    if position_ids is None:
        position_ids = torch.arange(width, device=embeddings.device).expand(n, -1)
    beside = prompts.beside(attention_mask)
    if not prompts.deep:
        embeddings = insert(embeddings, prompts)
        attention_mask = torch.cat((attention_mask[:, :1], beside, attention_mask[:, 1:]), 1)
        # The prompt shares the place of [CLS]: atoms keep the positions they were pretrained with.
        position_ids = torch.cat((torch.zeros_like(beside), position_ids), 1)
    hidden = bert.embeddings(inputs_embeds=embeddings, position_ids=position_ids)  # type: ignore[operator]
    maps: list[Tensor] = []
    layers = list(bert.encoder.layer)  # type: ignore[union-attr, arg-type]
    prompted = prompts.layers if prompts.deep else 0
    hidden = through(layers[: len(layers) - prompted], hidden, attention_mask, None, maps, output_attentions)
    if prompted:
        both = torch.cat((beside, attention_mask), 1)
        hidden = through(layers[-prompted:], hidden, both, prompts, maps, output_attentions)
    if not prompts.deep:
        hidden = torch.cat((hidden[:, :1], hidden[:, 1 + prompts.length :]), 1)
    return BaseModelOutput(last_hidden_state=hidden, attentions=tuple(maps) if output_attentions else None)


def through(
    layers: list[Any],
    hidden: Tensor,
    mask: Tensor,
    prompts: Prompts | None,
    maps: list[Tensor],
    output_attentions: bool = False,
) -> Tensor:
    """Hidden states after some layers; attention maps are put into `maps`.

    Parameters
    ----------
    mask : shape (n, p + l), 0 at padding
    prompts : one pair of keys and values per layer; None where only tokens are seen
    """
    blocked = (1.0 - mask[:, None, None, :].to(hidden.dtype)) * torch.finfo(hidden.dtype).min
    for place, layer in enumerate(layers):
        own = layer.attention.self
        prefix = None
        if prompts is not None:
            prefix = Prefix(prompts.values[:, place], own.num_attention_heads)
        if output_attentions:
            handle = own.register_forward_hook(lambda _, __, out: maps.append(out[1]))
        try:
            hidden = layer(hidden, blocked, past_key_values=prefix)
        finally:
            if output_attentions:
                handle.remove()
    return hidden


def counted(model: Any) -> tuple[int, int]:
    """Parameters that a prompt brought into a model together with its head, and all there are."""
    names = ("prompt.", "classifier.", "extra_features.")
    every = {name: parameter.numel() for name, parameter in model.named_parameters()}
    own = sum(n for name, n in every.items() if name.startswith(names) or f".{names[0]}" in name)
    return own, sum(every.values())

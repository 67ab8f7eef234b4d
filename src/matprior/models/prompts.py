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
UNHEARD = -1e4
"""Loudness of what fills up a prompt that is shorter than others in its batch: an attention of exactly 0."""


class Prompt(nn.Module):
    """The vectors of one task.

    Parameters
    ----------
    shape : `depth` ("deep" or "shallow"), `length` and `layers`: how many from the top are reached
    config : of the encoder, with its width `d` and its heads `h`

    Attributes
    ----------
    values : shape (p, d) of a shallow prompt; (layers, 2, p, d) of a deep one, keys and then values
    loudness : added to what each head thinks of each vector, shape (layers, h, p). Strongly negative, the
        encoder answers as if there were no prompt: that is how it starts, and the training turns it up.
    """

    def __init__(self, shape: dict[str, Any], config: Any) -> None:
        super().__init__()
        layers, length, width = shape["layers"], shape["length"], config.hidden_size
        rows = (layers, 2) if shape["depth"] == "deep" else ()
        self.values = nn.Parameter(torch.empty(*rows, length, width))
        self.loudness = nn.Parameter(torch.empty(layers, config.num_attention_heads, length))

    def reset(self, spread: float = 0.02, loudness: float = 0.0) -> None:
        """Start from small random numbers."""
        nn.init.normal_(self.values, std=spread)
        nn.init.constant_(self.loudness, loudness)

    def given(self) -> Prompts:
        """The same prompt for every row of a batch."""
        return Prompts(self.values.unsqueeze(0), self.loudness.unsqueeze(0))


@dataclass
class Prompts:
    """What the rows of a batch are prompted with."""

    values: Tensor
    """Shape (n, ...) of `Prompt.values`, or (1, ...) for all rows alike."""
    loudness: Tensor
    """The same of `Prompt.loudness`."""

    @property
    def deep(self) -> bool:
        """Whether these are keys and values."""
        return self.values.ndim == 5

    @property
    def layers(self) -> int:
        """Layers from the top that see something of it."""
        return self.loudness.shape[1]

    @property
    def length(self) -> int:
        """Vectors per prompt."""
        return self.values.shape[-2]


def stacked(prompts: list[Prompt], rows: Tensor) -> Prompts:
    """For each row of a batch the prompt of its task.

    Parameters
    ----------
    prompts : of all tasks, of one depth; lengths and layers may differ
    rows : positions in `prompts`, shape (n,)
    """
    length = max(prompt.values.shape[-2] for prompt in prompts)
    layers = max(len(prompt.loudness) for prompt in prompts)
    values, loudness = [], []
    for prompt in prompts:
        short, above = length - prompt.values.shape[-2], layers - len(prompt.loudness)
        deep = (0, 0, above, 0) if prompt.values.ndim == 4 else ()
        values.append(nn.functional.pad(prompt.values, (0, 0, 0, short, *deep)))
        loudness.append(nn.functional.pad(prompt.loudness, (0, short, 0, 0, above, 0), value=UNHEARD))
    return Prompts(torch.stack(values)[rows], torch.stack(loudness)[rows])


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
    bert: Any,
    embeddings: Tensor,
    attention_mask: Tensor,
    position_ids: Tensor | None,
    several: list[Prompts],
    output_attentions: bool = False,
) -> list[BaseModelOutput]:
    """A `BertModel` under each of several prompts; what comes back has the tokens alone.

    Layers that no prompt reaches run once for all.

    Parameters
    ----------
    embeddings : of the tokens, shape (n, l, d)
    attention_mask : shape (n, l)
    position_ids : shape (n, l); None counts from 0
    output_attentions : give attention maps too, over the prompt's places first (deep) or behind `[CLS]`
    """
    if position_ids is None:
        position_ids = torch.arange(attention_mask.shape[1], device=embeddings.device)
        position_ids = position_ids.expand(len(attention_mask), -1)
    if not all(prompts.deep for prompts in several):
        return [
            _shallow(bert, embeddings, attention_mask, position_ids, prompts, output_attentions)
            for prompts in several
        ]
    layers, maps = list(bert.encoder.layer), list[Tensor]()
    below = len(layers) - max(prompts.layers for prompts in several)
    hidden = bert.embeddings(inputs_embeds=embeddings, position_ids=position_ids)
    hidden = through(layers[:below], hidden, attention_mask, None, maps, output_attentions)
    found = []
    for prompts in several:
        first, own = len(layers) - prompts.layers, list(maps)
        mine = through(layers[below:first], hidden, attention_mask, None, own, output_attentions)
        both = torch.cat((_open(attention_mask, prompts.length), attention_mask), 1)
        mine = through(layers[first:], mine, both, prompts, own, output_attentions)
        found.append(_output(mine, own, output_attentions))
    return found


def _shallow(
    bert: Any,
    embeddings: Tensor,
    attention_mask: Tensor,
    position_ids: Tensor,
    prompts: Prompts,
    output_attentions: bool,
) -> BaseModelOutput:
    beside, maps = _open(attention_mask, prompts.length), list[Tensor]()
    mask = torch.cat((attention_mask[:, :1], beside, attention_mask[:, 1:]), 1)
    # The prompt shares the place of [CLS]: atoms keep the positions they were pretrained with.
    position_ids = torch.cat((torch.zeros_like(beside), position_ids), 1)
    hidden = bert.embeddings(inputs_embeds=insert(embeddings, prompts), position_ids=position_ids)
    hidden = through(list(bert.encoder.layer), hidden, mask, prompts, maps, output_attentions)
    hidden = torch.cat((hidden[:, :1], hidden[:, 1 + prompts.length :]), 1)
    return _output(hidden, maps, output_attentions)


def of_atoms(
    bert: Any, embeddings: Tensor, attention_mask: Tensor, position_ids: Tensor, several: list[Prompts]
) -> list[Tensor]:
    """What `run` says of all but the first and the last place, under each of several deep prompts.

    The last layer is asked about these places alone. What tokens give each other there is found once where
    the prompts reach no layer below it, and what a prompt gives them is mixed in. Each prompt is one for all
    rows. Shapes (n, l - 2, d).
    """
    layers, nothing = list(bert.encoder.layer), list[Tensor]()
    last, below = layers[-1], len(layers) - max(prompts.layers for prompts in several)
    shared = bert.embeddings(inputs_embeds=embeddings, position_ids=position_ids)
    shared = through(layers[:below], shared, attention_mask, None, nothing)
    own, found, known = last.attention.self, [], None
    for prompts in several:
        first = len(layers) - prompts.layers
        mine = through(layers[below:first], shared, attention_mask, None, nothing)
        both = torch.cat((_open(attention_mask, prompts.length), attention_mask), 1)
        mine = through(layers[first:-1], mine, both, prompts, nothing)
        if known is None or mine is not shared:
            known = _of_tokens(own, mine, attention_mask)
        inner = mine[:, 1:-1]
        context = _with_prefix(own, *known, prompts).unflatten(1, inner.shape[:2])
        context = context.permute(1, 2, 0, 3).reshape(inner.shape)
        found.append(last.feed_forward_chunk(last.attention.output(context, inner)))
    return found


def _of_tokens(own: Any, hidden: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What inner places look for, what tokens give them, the log of their weights; (h, n * places, ...)."""
    query, key, value = (_heads(make(hidden), own) for make in (own.query, own.key, own.value))
    query = query[:, :, 1:-1]
    scores = query @ key.transpose(2, 3) * own.scaling + _blocked(mask, hidden.dtype)
    told = (query, scores.softmax(-1) @ value, scores.logsumexp(-1, keepdim=True))
    query, context, weight = (one.transpose(0, 1).flatten(1, 2) for one in told)
    return query, context, weight


def _with_prefix(own: Any, query: Tensor, context: Tensor, weight: Tensor, prompts: Prompts) -> Tensor:
    """Attention to a prompt beside the tokens; that to the tokens alone counts as one more place."""
    prefix = Prefix(prompts.values[:1, -1], own.num_attention_heads)
    scores = query @ prefix.keys[0].transpose(1, 2) * own.scaling + prompts.loudness[0, -1, :, None, :]
    shares = torch.cat((scores, weight), -1).softmax(-1)
    return torch.addcmul(shares[..., :-1] @ prefix.values[0], shares[..., -1:], context)


def _heads(values: Tensor, own: Any) -> Tensor:
    """Vectors (n, l, d) cut into those of the heads, shape (n, h, l, d / h)."""
    return values.view(*values.shape[:2], own.num_attention_heads, -1).transpose(1, 2)


def _blocked(mask: Tensor, dtype: torch.dtype) -> Tensor:
    """What is added to scores where a mask (n, k) is 0, shape (n, 1, 1, k)."""
    return (1.0 - mask[:, None, None, :].to(dtype)) * torch.finfo(dtype).min


def _output(hidden: Tensor, maps: list[Tensor], output_attentions: bool) -> BaseModelOutput:
    return BaseModelOutput(
        last_hidden_state=hidden,
        attentions=tuple(maps) if output_attentions else None,
    )


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
    prompts : what reaches these layers; None where only tokens are seen
    """
    blocked = _blocked(mask, hidden.dtype)
    for place, layer in enumerate(layers):
        own, prefix, heard = layer.attention.self, None, blocked
        if prompts is not None:
            heard = blocked + _columns(prompts, place, mask.shape[1])
        if prompts is not None and prompts.deep:
            prefix = Prefix(prompts.values[:, place], own.num_attention_heads)
        if output_attentions:
            handle = own.register_forward_hook(lambda _, __, out: maps.append(out[1]))
        try:
            hidden = layer(hidden, heard, past_key_values=prefix)
        finally:
            if output_attentions:
                handle.remove()
    return hidden


def _open(mask: Tensor, length: int) -> Tensor:
    """Columns of a mask that nothing closes, shape (n, p)."""
    return mask.new_ones(len(mask), length)


def _columns(prompts: Prompts, layer: int, width: int) -> Tensor:
    """Loudness of the prompt's columns and 0 at the tokens', shape (n, h, 1, p + l)."""
    own = prompts.loudness[:, layer, :, None, :]
    before = 0 if prompts.deep else 1  # [CLS] keeps position 0
    return nn.functional.pad(own, (before, width - before - prompts.length))


def counted(model: Any) -> tuple[int, int]:
    """Parameters that a prompt brought into a model together with its head, and all there are."""
    names = ("prompt.", "classifier.", "extra_features.")
    every = {name: parameter.numel() for name, parameter in model.named_parameters()}
    own = sum(n for name, n in every.items() if name.startswith(names) or f".{names[0]}" in name)
    return own, sum(every.values())

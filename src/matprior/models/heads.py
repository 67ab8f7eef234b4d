"""Small modules around the encoder: amounts in, answers out."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

SMALLEST_FRACTION = 1e-6
"""Fractions below this are encoded alike: 1 ppm is finer than any composition table we know."""


class AmountEncoding(nn.Module):
    """Atomic fractions as sinusoids of the fraction and of its logarithm, projected to the model's width.

    The linear half tells 0.50 from 0.52, the logarithmic half 0.0005 from 0.0010; dopants need the
    second. The idea is CrabNet's (Wang et al. 2021, npj Comput. Mater. 7:77).

    Parameters
    ----------
    features : number of sinusoids, a multiple of 4
    hidden_size : width `d` of the model
    """

    def __init__(self, features: int, hidden_size: int) -> None:
        super().__init__()
        self.frequencies = nn.Buffer(torch.empty(features // 4), persistent=False)
        self.project = nn.Linear(features, hidden_size)
        self.set_frequencies()

    @torch.no_grad()
    def set_frequencies(self) -> None:
        """Wavelengths from 2 (the whole range is half a wave) down to 1/64, evenly spaced in octaves.

        Called again on loading: Hugging Face builds models without memory first, and what is not in
        the file (these numbers) would stay whatever the memory held.
        """
        n = len(self.frequencies)
        self.frequencies.copy_(math.pi * torch.logspace(0, 7, n, base=2.0, device=self.frequencies.device))

    @torch.no_grad()
    def balance(self) -> None:
        """Shrink the first weights so that fractions do not outshout the elements they belong to.

        Half of the sinusoids' squares add up, so amounts would start about five times as loud as element
        vectors of the same initial spread, and the first layer norm would hide the elements (docs/log.md).
        """
        self.project.weight.div_(math.sqrt(self.project.in_features / 2))

    def forward(self, amounts: Tensor) -> Tensor:
        """Map fractions of shape (n, l) to vectors of shape (n, l, d); zero where the fraction is zero."""
        logarithm = 1 + amounts.clamp(min=SMALLEST_FRACTION).log10() / -math.log10(SMALLEST_FRACTION)
        angles = torch.stack((amounts, logarithm), dim=-1).unsqueeze(-1) * self.frequencies
        waves = torch.cat((angles.sin(), angles.cos()), dim=-1).flatten(-2)
        present = (amounts > 0).unsqueeze(-1)  # [CLS], [SEP] and padding have no amount
        return self.project(waves) * present


POOLINGS = ("weighted", "cls", "mean", "attention")
"""Ways from tokens to one vector per material; `attention` has parameters of its own."""


class AttentionPool(nn.Module):
    """Weighted mean of the tokens that are not padding; a learned query gives the weights.

    With the query at zero, where it starts, this is mean pooling.

    Parameters
    ----------
    hidden_size : width `d` of the model
    """

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.query = nn.Parameter(torch.empty(hidden_size))  # no bias: it would drop out of the softmax
        self.reset()

    def reset(self) -> None:
        """Put the query back to zero. Called again on loading a checkpoint that has none."""
        nn.init.zeros_(self.query)

    def weights(self, hidden: Tensor, attention_mask: Tensor) -> Tensor:
        """Share of each token, shape (n, l); a row adds up to 1, padding gets 0."""
        scores = hidden @ self.query
        return scores.masked_fill(attention_mask == 0, torch.finfo(scores.dtype).min).softmax(-1)

    def forward(self, hidden: Tensor, attention_mask: Tensor) -> Tensor:
        """Pool hidden states of shape (n, l, d) to (n, d); `attention_mask` has shape (n, l)."""
        return (self.weights(hidden, attention_mask).unsqueeze(-1) * hidden).sum(1)


class LogScales(nn.Module):
    """Learned logarithms of how far off the answers of `n` heads lie; they start at 0.

    Parameters
    ----------
    n : number of heads
    """

    def __init__(self, n: int) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.zeros(n))

    def forward(self) -> Tensor:
        """Shape (n,)."""
        # A parameter that is itself an answer counts as unused where several processes train together.
        return 1.0 * self.log_scale


def projection_head(hidden_size: int, width: int) -> nn.Sequential:
    """From the vector of a material to the one that a contrastive loss compares."""
    return nn.Sequential(nn.Linear(hidden_size, hidden_size), nn.GELU(), nn.Linear(hidden_size, width))


def pool(hidden: Tensor, attention_mask: Tensor, how: str, amounts: Tensor | None = None) -> Tensor:
    """One vector per material.

    Parameters
    ----------
    hidden : shape (n, l, d)
    attention_mask : shape (n, l)
    how : "weighted" averages the atoms, each as often as it occurs: energies, volumes and much else are
        nearly such averages, and the network need not learn that first (the idea is Roost's, Goodall and
        Lee 2020, Nat. Commun. 11:6280); "cls" takes position 0; "mean" averages every token that is
        not padding
    amounts : atomic fractions, shape (n, l), 0 where there is no atom; "weighted" needs them
    """
    if how == "cls":
        return hidden[:, 0]
    if how == "mean":
        return _average(hidden, attention_mask)
    if how == "weighted":
        if amounts is None:
            raise ValueError("Pooling 'weighted' needs atomic fractions: give `amounts` beside `input_ids`.")
        return _average(hidden, amounts)
    raise ValueError(f"Unknown pooling {how!r}. Known: {', '.join(map(repr, POOLINGS))}.")


def _average(hidden: Tensor, weights: Tensor) -> Tensor:
    weights = weights.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1).clamp(min=1e-6)


class ExtraFeatures(nn.Module):
    """Numbers beside the string, such as a temperature, as something to add to the pooled vector.

    Numbers come as they were measured: `mean` and `scale` are of the training rows and travel in the
    config. A missing number (NaN) counts as the mean, and a flag says that it was missing.

    Parameters
    ----------
    mean, scale : one per column
    hidden_size : width `d` of the model
    """

    def __init__(self, mean: list[float], scale: list[float], hidden_size: int) -> None:
        super().__init__()
        self.mean, self.scale = mean, scale
        self.hidden = nn.Linear(2 * len(mean), hidden_size)
        self.project = nn.Linear(hidden_size, hidden_size)

    def reset(self) -> None:
        """Weights of the size of their inputs: Hugging Face's 0.02 would whisper two numbers away."""
        for layer in (self.hidden, self.project):
            nn.init.normal_(layer.weight, std=1 / math.sqrt(layer.in_features))

    def forward(self, extra: Tensor) -> Tensor:
        """Map numbers of shape (n, e) to vectors of shape (n, d)."""
        # float64: a year or a wavelength would lose its last digits in the subtraction.
        mean = torch.tensor(self.mean, dtype=torch.float64, device=extra.device)
        scale = torch.tensor(self.scale, dtype=torch.float64, device=extra.device)
        missing = ~extra.isfinite()
        standard = ((extra.double() - mean) / scale).masked_fill(missing, 0.0)
        both = torch.cat((standard, missing.double()), dim=-1).to(self.hidden.weight.dtype)
        return self.project(nn.functional.gelu(self.hidden(both)))


@torch.no_grad()
def fold_scaling(layer: nn.Linear, mean: Tensor, scale: Tensor) -> None:
    """Change a linear layer so that its first `t` outputs are `mean + scale * old output`.

    Parameters
    ----------
    layer : the last layer, `t` outputs or more
    mean, scale : shape (t,), in the user's units
    """
    t = len(mean)
    layer.weight[:t].mul_(scale.to(layer.weight.dtype).unsqueeze(1))
    layer.bias[:t].mul_(scale.to(layer.bias.dtype)).add_(mean.to(layer.bias.dtype))

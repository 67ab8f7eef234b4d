"""MolBERT: a small ModernBERT for SMILES and SELFIES, opened by the plain `Auto*` classes.

Nothing of the architecture is ours: rotary positions tell how far two atoms of a string are apart, and the
mean over all tokens is the molecule. The classes here add property heads for pretraining, numbers beside
the string and the decoding of heads; their weights have the names that Hugging Face's own classes expect.
Warner et al. 2024, arXiv:2412.13663.
"""

from __future__ import annotations

from typing import Any

from huggingface_hub.dataclasses import strict
from torch import Tensor, nn
from transformers import ModernBertConfig, ModernBertForMaskedLM, ModernBertForSequenceClassification
from transformers.modeling_outputs import SequenceClassifierOutput

from matprior.models.answering import Answering, extra_features_of, reset_extra
from matprior.models.answers import decode
from matprior.models.heads import LogScales, pool, projection_head
from matprior.models.pretraining_output import PretrainingOutput
from matprior.tokens.encoders import ENCODINGS, VOCABULARY_SIZES

MOLECULE_SIZES: dict[str, dict[str, int]] = {
    "tiny": {"hidden_size": 128, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 256},
    "small": {"hidden_size": 256, "num_hidden_layers": 4, "num_attention_heads": 8, "intermediate_size": 512},
    "base": {"hidden_size": 512, "num_hidden_layers": 8, "num_attention_heads": 8, "intermediate_size": 1024},
}
"""Name -> fields of `MolBertConfig`: about 0.6, 2.8 and 21 million parameters."""


@strict
class MolBertConfig(ModernBertConfig):
    """Architecture of a MolBERT. `config.json` says `modernbert`: what is ours are further facts in it.

    Examples
    --------
    >>> MolBertConfig.of_size("tiny").hidden_size
    128
    """

    hidden_size: int = 256
    num_hidden_layers: int = 4
    num_attention_heads: int = 8
    intermediate_size: int = 512
    max_position_embeddings: int = 256
    pad_token_id: int | None = 0
    bos_token_id: int | None = 2
    cls_token_id: int | None = 2
    eos_token_id: int | list[int] | None = 3
    sep_token_id: int | None = 3
    classifier_pooling: str = "mean"  # type: ignore[assignment]
    notation: str = "smiles"
    """What the strings mean: key in `matprior.notations.NOTATIONS`."""
    encoding: str = "split"
    """How strings are cut: see `matprior.tokens.encoders`."""
    properties: list[dict[str, Any]] | None = None
    """Computed properties the property head answers: name, unit, transform, mean, scale."""
    projection: int = 0
    """Width of the head whose vectors a contrastive loss compares; 0 is none."""
    learned_scales: bool = False
    """Whether the pretraining model learns how well each property can be predicted."""
    head: dict[str, Any] | None = None
    """How outputs become answers in the user's units (`models.answers`); None: they are the answers."""
    extra_features: dict[str, Any] | None = None
    """Numbers a fitted model reads beside the string: names, and mean and scale of the training rows."""

    @classmethod
    def of_size(cls, size: str, **changes: Any) -> MolBertConfig:
        """Config of a named size (`tiny`, `small`, `base`), with any field changed."""
        if size not in MOLECULE_SIZES:
            raise ValueError(f"Unknown size {size!r}. Known: {list(MOLECULE_SIZES)}.")
        fields = {**MOLECULE_SIZES[size], **changes}
        notation = fields.get("notation", cls.notation)
        every = {
            "vocab_size": VOCABULARY_SIZES[notation],
            "encoding": next(iter(ENCODINGS[notation])),
            # Molecules are short: every layer sees the whole string.
            "layer_types": ["full_attention"] * fields["num_hidden_layers"],
        }
        return cls(**{**every, **fields})


class MolBertForPreTraining(ModernBertForMaskedLM):
    """Masked tokens and computed properties from one encoder; what a shipped checkpoint holds.

    One head serves both, so that plain `AutoModelForMaskedLM` and `AutoModelForSequenceClassification`
    find the weights they expect.

    Examples
    --------
    >>> import torch
    >>> model = MolBertForPreTraining(MolBertConfig.of_size("tiny")).eval()
    >>> tuple(model(torch.tensor([[2, 5, 6, 3]])).pooler_output.shape)
    (1, 128)
    """

    config_class = MolBertConfig
    config: MolBertConfig
    accepts_loss_kwargs = False

    def __init__(self, config: MolBertConfig) -> None:
        super().__init__(config)
        self.properties = nn.Linear(config.hidden_size, max(1, len(config.properties or [])))
        self.projection = (
            projection_head(config.hidden_size, config.projection) if config.projection else None
        )
        self.scales = LogScales(self.properties.out_features) if config.learned_scales else None
        self.post_init()

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor | None = None, **further: Any
    ) -> PretrainingOutput:
        """All heads' answers. Property answers are standardised: see `config.properties`."""
        mask = _mask(input_ids, attention_mask, self.config)
        outputs = self.model(input_ids, attention_mask=mask, **further)
        hidden, vector = outputs.last_hidden_state, _vector(self, outputs, mask)
        return PretrainingOutput(
            logits=self.decoder(self.head(hidden)),
            property_logits=self.properties(vector),
            pooler_output=vector,
            projection=None if self.projection is None else self.projection(vector),
            log_scale=None if self.scales is None else self.scales(),
        )

    def pooled(self, input_ids: Tensor, attention_mask: Tensor | None = None, **_: Any) -> Tensor:
        """The vector of each string, shape (n, d)."""
        mask = _mask(input_ids, attention_mask, self.config)
        return _vector(self, self.model(input_ids, attention_mask=mask), mask)

    def drop_helpers(self) -> None:
        """Leave out what only served the training: the projection head and the learned scales."""
        self.projection = self.scales = None
        self.config.projection, self.config.learned_scales = 0, False

    def element_vectors(self) -> Tensor:
        """The embedding table, whose second row is the unknown token."""
        return self.model.embeddings.tok_embeddings.weight


class MolBertForSequenceClassification(Answering, ModernBertForSequenceClassification):
    """One answer per molecule: regression in the user's units, or class logits."""

    config_class = MolBertConfig
    config: MolBertConfig
    accepts_loss_kwargs = False
    # Heads of a pretrained checkpoint that a fitted model has no use for.
    _keys_to_ignore_on_load_unexpected = [r"^properties\.", r"^decoder\."]  # noqa: RUF012

    def __init__(self, config: MolBertConfig) -> None:
        super().__init__(config)
        self.extra_features = extra_features_of(config)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        reset_extra(module)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        labels: Tensor | None = None,
        extra: Tensor | None = None,
        **further: Any,
    ) -> SequenceClassifierOutput:
        """Answers of shape (n, t); a head that says more than a prediction adds columns behind it.

        Parameters
        ----------
        labels : shape (n, t); with them also the loss the config's `problem_type` names
        extra : numbers beside the strings, shape (n, e), where `config.extra_features` names some
        """
        mask = _mask(input_ids, attention_mask, self.config)
        outputs = self.model(input_ids, attention_mask=mask, **further)
        vector = _vector(self, outputs, mask)
        logits = decode(self.raw(self._beside(vector, extra)), self.config.head)
        loss = None if labels is None else self.plain_loss(logits, labels)
        return SequenceClassifierOutput(
            loss=loss, logits=logits, hidden_states=outputs.hidden_states, attentions=outputs.attentions
        )

    def pooled(self, input_ids: Tensor, attention_mask: Tensor | None = None, **_: Any) -> Tensor:  # type: ignore[override]
        mask = _mask(input_ids, attention_mask, self.config)
        return _vector(self, self.model(input_ids, attention_mask=mask), mask)

    def dropping(self, vectors: Tensor) -> Tensor:
        return self.drop(vectors)


def _vector(network: Any, outputs: Any, mask: Tensor) -> Tensor:
    """One vector per molecule, shape (n, d); an encoder of another engine has pooled its tokens already."""
    told = getattr(outputs, "pooler_output", None)
    if told is not None:
        return told
    return network.head(pool(outputs.last_hidden_state, mask, network.config.classifier_pooling))


def _mask(input_ids: Tensor, attention_mask: Tensor | None, config: MolBertConfig) -> Tensor:
    return input_ids.ne(config.pad_token_id or 0).long() if attention_mask is None else attention_mask

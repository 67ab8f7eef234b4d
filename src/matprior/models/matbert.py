"""MatBERT: an order-free BERT for compositions, known to the `Auto*` classes.

Each distinct element is one token: its vector plus an encoding of its atomic fraction. A plain
`BertModel` does the rest through `inputs_embeds` with a constant position, so that a formula means
the same in every order. Masked-atom and property heads sit on top; the loss belongs to training.
"""

from __future__ import annotations

from typing import Any

import torch
from huggingface_hub.dataclasses import strict
from torch import Tensor, nn
from transformers import (
    BertConfig,
    BertModel,
    PreTrainedModel,
)
from transformers.modeling_outputs import BaseModelOutputWithPooling, MaskedLMOutput, SequenceClassifierOutput
from transformers.models.bert.modeling_bert import BertOnlyMLMHead

from matprior.models.answering import Answering, extra_features_of, reset_extra
from matprior.models.answers import decode
from matprior.models.heads import AmountEncoding, AttentionPool, LogScales, pool, projection_head
from matprior.models.pretraining_output import PretrainingOutput
from matprior.models.prompts import Prompt, Prompts, of_atoms, run
from matprior.models.sizes import SIZES
from matprior.tokens.vocabulary import ELEMENT_OFFSET, VOCABULARY_SIZE


@strict
class MatBertConfig(BertConfig):
    """Architecture of a MatBERT.

    Examples
    --------
    >>> MatBertConfig.of_size("tiny").hidden_size
    96
    """

    model_type = "matbert"

    vocab_size: int = VOCABULARY_SIZE
    hidden_size: int = 192
    num_hidden_layers: int = 4
    num_attention_heads: int = 6
    intermediate_size: int = 768
    max_position_embeddings: int = 64
    type_vocab_size: int = 1
    notation: str = "composition"
    """What the strings mean: key in `matprior.notations.NOTATIONS`."""
    layer_norm_eps: float = 1e-6
    encoding: str = "amounts"
    """`amounts`: one token per distinct element; `repeat`: one per atom, with positions."""
    amount_features: int = 64
    """Sinusoids that encode an atomic fraction."""
    pooling: str = "weighted"
    """How tokens become one vector: `weighted` (by atomic fraction), `cls`, `mean` or `attention`."""
    properties: list[dict[str, Any]] | None = None
    """Computed properties the property head answers: name, unit, transform, mean, scale."""
    words: list[str] | None = None
    """Words of the hard prompts, such as `[OXIDE]`; their ids follow those of the elements."""
    task_words: list[dict[str, Any]] | None = None
    """What the task head answers at a task token: token, unit, transform, mean, scale, sources."""
    predict_amount: bool = False
    """Whether the pretraining model has a head for the atomic fraction of a hidden atom."""
    projection: int = 0
    """Width of the head whose vectors a contrastive loss compares; 0 is none."""
    learned_scales: bool = False
    """Whether the pretraining model learns how well each property can be predicted."""
    head: dict[str, Any] | None = None
    """How outputs become answers in the user's units (`models.answers`), with the names of the answers
    in `columns`; None: the outputs are the answers."""
    extra_features: dict[str, Any] | None = None
    """Numbers a fitted model reads beside the formula: names, and mean and scale of the training rows."""
    prompt: dict[str, Any] | None = None
    """Learned prompt inside the encoder (`models.prompts`): depth, length, layers; None: there is none."""
    tasks: dict[str, Any] | None = None
    """Name -> prompt, outputs and head of each task of a model that has several (`models.tasks`)."""

    @classmethod
    def of_size(cls, size: str, **changes: Any) -> MatBertConfig:
        """Config of a named size (`tiny`, `small`, `base`), with any field changed."""
        if size not in SIZES:
            raise ValueError(f"Unknown size {size!r}. Known: {list(SIZES)}.")
        return cls(**{**SIZES[size], **changes})


class MatBertPreTrainedModel(PreTrainedModel):
    """What every MatBERT shares: config class, prefix, initialisation."""

    config_class = MatBertConfig
    base_model_prefix = "matbert"
    # The losses are ours and already means over the batch: without this the Trainer would multiply
    # loss and gradient by the number of accumulation steps.
    accepts_loss_kwargs = False
    _supports_sdpa = True
    _no_split_modules = ["BertLayer"]  # noqa: RUF012 (the name and type are Hugging Face's)

    def post_init(self) -> None:
        super().post_init()
        # Hugging Face adds what the encoder inside ignores; a model's own heads must be reported.
        ignored = type(self)._keys_to_ignore_on_load_unexpected
        self._keys_to_ignore_on_load_unexpected = set(ignored or [])

    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        # `_is_hf_initialized` is on what came from a file: what was learned stays.
        if isinstance(module, AmountEncoding):
            module.set_frequencies()
            if not getattr(module.project.weight, "_is_hf_initialized", False):
                super()._init_weights(module.project)
                module.balance()
        if isinstance(module, AttentionPool) and not getattr(module.query, "_is_hf_initialized", False):
            module.reset()
        if isinstance(module, Prompt) and not getattr(module.values, "_is_hf_initialized", False):
            module.reset()
        reset_extra(module)


class MatBertModel(MatBertPreTrainedModel):
    """Encoder: token ids and atomic fractions to hidden states and one vector per material.

    Examples
    --------
    >>> import torch
    >>> model = MatBertModel(MatBertConfig.of_size("tiny")).eval()
    >>> ids = torch.tensor([[2, 13, 30, 3]])  # [CLS] O Mn [SEP]
    >>> fractions = torch.tensor([[0, 2 / 3, 1 / 3, 0]])
    >>> tuple(model(ids, fractions).pooler_output.shape)
    (1, 96)
    """

    # Heads of a pretrained checkpoint that an encoder has no use for. Anything else is still reported.
    _keys_to_ignore_on_load_unexpected = [r"^cls\.", r"^properties\.", r"^fraction\.", r"^asked\."]  # noqa: RUF012

    def __init__(self, config: MatBertConfig) -> None:
        super().__init__(config)
        self.bert = BertModel(config, add_pooling_layer=False)
        self.amount_encoding = AmountEncoding(config.amount_features, config.hidden_size)
        # Only where it is asked for: a checkpoint without it must not miss a weight.
        self.attention_pooler = AttentionPool(config.hidden_size) if config.pooling == "attention" else None
        self.pooler = nn.Sequential(nn.Linear(config.hidden_size, config.hidden_size), nn.GELU())
        self.prompt = Prompt(config.prompt, config) if config.prompt else None
        self.post_init()

    def get_input_embeddings(self) -> nn.Module:
        return self.bert.embeddings.word_embeddings

    def set_input_embeddings(self, value: nn.Module) -> None:
        self.bert.embeddings.word_embeddings = value

    def embedded(self, input_ids: Tensor, amounts: Tensor | None = None) -> Tensor:
        """What the first layer is given of each token, shape (n, l, d)."""
        embeddings = self.get_input_embeddings()(input_ids)
        if self.config.encoding != "amounts":
            return embeddings
        if amounts is None:
            raise ValueError("This MatBERT reads atomic fractions: give `amounts` beside `input_ids`.")
        return embeddings + self.amount_encoding(amounts.to(embeddings.dtype))

    def forward(
        self,
        input_ids: Tensor,
        amounts: Tensor | None = None,
        attention_mask: Tensor | None = None,
        prompts: Prompts | None = None,
        **extra: Any,
    ) -> BaseModelOutputWithPooling:
        """Encode a batch.

        Parameters
        ----------
        input_ids : shape (n, l)
        amounts : atomic fractions, shape (n, l); 0 at `[CLS]`, `[SEP]`, padding. Needed in the
            `amounts` encoding.
        attention_mask : shape (n, l), 0 at padding; found from `input_ids` when left out
        prompts : in place of the encoder's own, such as one per row
        """
        attention_mask = self._mask(input_ids, attention_mask)
        embeddings, position_ids = self.embedded(input_ids, amounts), self._positions(input_ids)
        if prompts is None and self.prompt is not None:
            prompts = self.prompt.given()
        if prompts is not None:
            (hidden,) = run(self.bert, embeddings, attention_mask, position_ids, [prompts], **extra)
        else:
            hidden = self.bert(
                inputs_embeds=embeddings, attention_mask=attention_mask, position_ids=position_ids, **extra
            )
        return BaseModelOutputWithPooling(
            last_hidden_state=hidden.last_hidden_state,
            pooler_output=self._pooled(hidden.last_hidden_state, input_ids, amounts, attention_mask),
            hidden_states=hidden.hidden_states,
            attentions=hidden.attentions,
        )

    def several(
        self,
        input_ids: Tensor,
        amounts: Tensor | None,
        attention_mask: Tensor | None,
        prompts: list[Prompts],
    ) -> list[Tensor]:
        """One vector per material under each of several prompts, each of shape (n, d)."""
        attention_mask = self._mask(input_ids, attention_mask)
        embeddings, position_ids = self.embedded(input_ids, amounts), self._positions(input_ids)
        if (
            position_ids is not None
            and self.config.pooling == "weighted"
            and all(one.deep for one in prompts)
        ):
            atoms = of_atoms(self.bert, embeddings, attention_mask, position_ids, prompts)
            inner = (
                input_ids[:, 1:-1],
                None if amounts is None else amounts[:, 1:-1],
                attention_mask[:, 1:-1],
            )
            return [self._pooled(one, *inner) for one in atoms]
        return [
            self._pooled(one.last_hidden_state, input_ids, amounts, attention_mask)
            for one in run(self.bert, embeddings, attention_mask, position_ids, prompts)
        ]

    def _mask(self, input_ids: Tensor, attention_mask: Tensor | None) -> Tensor:
        return (input_ids != self.config.pad_token_id).long() if attention_mask is None else attention_mask

    def _positions(self, input_ids: Tensor) -> Tensor | None:
        # One position for all: order carries no meaning.
        return torch.zeros_like(input_ids) if self.config.encoding == "amounts" else None

    def _pooled(
        self, hidden: Any, input_ids: Tensor, amounts: Tensor | None, attention_mask: Tensor
    ) -> Tensor:
        """One vector per material from its tokens (n, l, d)."""
        if self.attention_pooler is not None:
            return self.pooler(self.attention_pooler(hidden, attention_mask))
        weights = amounts if self.config.encoding == "amounts" else _atoms(input_ids)
        return self.pooler(pool(hidden, attention_mask, self.config.pooling, weights))


def _atoms(input_ids: Tensor) -> Tensor:
    """1 where a token is an atom, 0 at special tokens and prompts, shape (n, l)."""
    return ((input_ids > ELEMENT_OFFSET) & (input_ids < VOCABULARY_SIZE)).float()


class MatBertForMaskedLM(MatBertPreTrainedModel):
    """Which element sits at a masked place. The output weights are the element vectors."""

    _tied_weights_keys = {  # noqa: RUF012
        "cls.predictions.decoder.weight": "matbert.bert.embeddings.word_embeddings.weight",
        "cls.predictions.decoder.bias": "cls.predictions.bias",
    }
    _keys_to_ignore_on_load_unexpected = [r"^properties\.", r"^fraction\.", r"^asked\."]  # noqa: RUF012

    def __init__(self, config: MatBertConfig) -> None:
        super().__init__(config)
        self.matbert = MatBertModel(config)
        self.cls = BertOnlyMLMHead(config)
        self.post_init()

    def get_output_embeddings(self) -> nn.Module:
        return self.cls.predictions.decoder

    def set_output_embeddings(self, new_embeddings: nn.Module) -> None:
        self.cls.predictions.decoder = new_embeddings

    def forward(
        self,
        input_ids: Tensor,
        amounts: Tensor | None = None,
        attention_mask: Tensor | None = None,
        labels: Tensor | None = None,
        **extra: Any,
    ) -> MaskedLMOutput:
        """Logits of shape (n, l, vocabulary); with `labels` (-100 where nothing is asked) also the loss."""
        outputs = self.matbert(input_ids, amounts, attention_mask, **extra)
        logits = self.cls(outputs.last_hidden_state)
        loss = None if labels is None else nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
        return MaskedLMOutput(
            loss=loss, logits=logits, hidden_states=outputs.hidden_states, attentions=outputs.attentions
        )


class MatBertForPreTraining(MatBertForMaskedLM):
    """Masked atoms and computed properties from one encoder; what a shipped checkpoint holds."""

    # Every head is its own: one in the file that the config does not name is worth a report.
    _keys_to_ignore_on_load_unexpected = []  # noqa: RUF012

    def __init__(self, config: MatBertConfig) -> None:
        super().__init__(config)
        self.properties = nn.Linear(config.hidden_size, max(1, len(config.properties or [])))
        # Made only on demand: weights, and the draws that start them, stay those of models without it.
        self.fraction = nn.Linear(config.hidden_size, 1) if config.predict_amount else None
        # The property a task token asks for, read where the token stands.
        self.asked = projection_head(config.hidden_size, 1) if config.task_words else None
        self.projection = (
            projection_head(config.hidden_size, config.projection) if config.projection else None
        )
        self.scales = LogScales(self.properties.out_features) if config.learned_scales else None
        self.post_init()

    def forward(  # type: ignore[override]
        self,
        input_ids: Tensor,
        amounts: Tensor | None = None,
        attention_mask: Tensor | None = None,
        **extra: Any,
    ) -> PretrainingOutput:
        """All heads' answers. Property answers are standardised: see `config.properties`."""
        outputs = self.matbert(input_ids, amounts, attention_mask, **extra)
        return PretrainingOutput(
            logits=self.cls(outputs.last_hidden_state),
            property_logits=self.properties(outputs.pooler_output),
            pooler_output=outputs.pooler_output,
            amount_logits=None if self.fraction is None else self.fraction(outputs.last_hidden_state)[..., 0],
            projection=None if self.projection is None else self.projection(outputs.pooler_output),
            log_scale=None if self.scales is None else self.scales(),
            task_logits=None if self.asked is None else self.asked(outputs.last_hidden_state)[..., 0],
        )

    def drop_helpers(self) -> None:
        """Leave out what only served the training: the projection head and the learned scales."""
        self.projection = self.scales = None
        self.config.projection, self.config.learned_scales = 0, False


class MatBertForSequenceClassification(Answering, MatBertPreTrainedModel):
    """One answer per material: regression in the user's units, or class logits."""

    _keys_to_ignore_on_load_unexpected = [  # noqa: RUF012
        r"^cls\.", r"^properties\.", r"^fraction\.", r"^asked\.", r"^tasks\.",
    ]  # fmt: skip

    def __init__(self, config: MatBertConfig) -> None:
        super().__init__(config)
        self.matbert = MatBertModel(config)
        rate = config.classifier_dropout
        self.dropout = nn.Dropout(config.hidden_dropout_prob if rate is None else rate)
        self.classifier = nn.Linear(config.hidden_size, int(config.num_labels or 1))
        self.extra_features = extra_features_of(config)
        self.post_init()

    def forward(
        self,
        input_ids: Tensor,
        amounts: Tensor | None = None,
        attention_mask: Tensor | None = None,
        labels: Tensor | None = None,
        extra: Tensor | None = None,
        **further: Any,
    ) -> SequenceClassifierOutput:
        """Answers of shape (n, t); a head that says more than a prediction adds columns behind it.

        Parameters
        ----------
        labels : shape (n, t); with them also the loss the config's `problem_type` names
        extra : numbers beside the formulas, shape (n, e), where `config.extra_features` names some
        """
        outputs = self.matbert(input_ids, amounts, attention_mask, **further)
        logits = decode(self.raw(self._beside(outputs.pooler_output, extra)), self.config.head)
        loss = None if labels is None else self.plain_loss(logits, labels)
        return SequenceClassifierOutput(
            loss=loss, logits=logits, hidden_states=outputs.hidden_states, attentions=outputs.attentions
        )

    def pooled(self, **inputs: Tensor) -> Tensor:
        return self.matbert(**inputs).pooler_output

    def dropping(self, vectors: Tensor) -> Tensor:
        return self.dropout(vectors)

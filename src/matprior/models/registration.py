"""Makes every MatBERT known to Hugging Face's `Auto*` classes; importing this module is enough."""

from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForMaskedLM,
    AutoModelForPreTraining,
    AutoModelForSequenceClassification,
)

from matprior.models.matbert import (
    MatBertConfig,
    MatBertForMaskedLM,
    MatBertForPreTraining,
    MatBertForSequenceClassification,
    MatBertModel,
)
from matprior.tokens.composition import register

AutoConfig.register("matbert", MatBertConfig, exist_ok=True)
AutoModel.register(MatBertConfig, MatBertModel, exist_ok=True)
AutoModelForMaskedLM.register(MatBertConfig, MatBertForMaskedLM, exist_ok=True)
AutoModelForPreTraining.register(MatBertConfig, MatBertForPreTraining, exist_ok=True)
AutoModelForSequenceClassification.register(MatBertConfig, MatBertForSequenceClassification, exist_ok=True)
register(MatBertConfig)

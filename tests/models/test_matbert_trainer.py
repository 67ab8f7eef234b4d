"""MatBERT with the tools people bring: Hugging Face's own collator and its plain Trainer."""

from __future__ import annotations

import pytest
import torch
from torch.utils.data import Dataset
from transformers import DataCollatorForLanguageModeling, Trainer, TrainingArguments

from matprior.models.matbert import MatBertConfig, MatBertForMaskedLM, MatBertForSequenceClassification
from matprior.tokens.composition import CompositionTokenizer

STRINGS = ["Fe2O3", "NaCl", "LiCoO2", "MgAl2O4", "CaCO3", "KBr", "ZnO", "TiO2"]


class Examples(Dataset):
    """Tokenised strings, one dict each, with a target where `values` are given."""

    def __init__(self, strings: list[str], values: list[float] | None = None) -> None:
        tokenizer = CompositionTokenizer()
        self.rows = [dict(tokenizer(string)) for string in strings]
        for row, value in zip(self.rows, values or [], strict=False):
            row["labels"] = value

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict:
        return self.rows[index]


def arguments(folder: object, **changes: object) -> TrainingArguments:
    settings = {
        "output_dir": str(folder), "max_steps": 1, "per_device_train_batch_size": 8, "report_to": "none",
        "use_cpu": True, "disable_tqdm": True, "save_strategy": "no", "learning_rate": 1e-3, "seed": 0,
    }  # fmt: skip
    return TrainingArguments(**{**settings, **changes})


@pytest.mark.parametrize("encoding", ["amounts", "repeat"])
def test_one_step_of_masked_language_modelling_moves_encoder_and_head(encoding, tiny_shape, tmp_path):
    tokenizer = CompositionTokenizer(encoding=encoding)
    torch.manual_seed(0)
    model = MatBertForMaskedLM(MatBertConfig.of_size("tiny", **tiny_shape, encoding=encoding))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    collator = DataCollatorForLanguageModeling(tokenizer, mlm=True, mlm_probability=0.5)
    rows = [dict(tokenizer(string)) for string in STRINGS]
    batch = collator(rows)
    assert set(batch) >= {"input_ids", "amounts", "attention_mask", "labels"}
    asked = batch["labels"] != -100
    assert asked.any()
    assert (batch["labels"][asked] >= 5).all()  # never a special token, never padding
    Trainer(model, arguments(tmp_path), train_dataset=rows, data_collator=collator).train()
    for part in ("cls.predictions.transform.dense.weight", "cls.predictions.bias", "matbert.amount_encoding"):
        if encoding == "repeat" and part == "matbert.amount_encoding":
            continue  # it is not on the way from input to loss
        moved = [
            n for n in before if n.startswith(part) and not torch.equal(before[n], model.state_dict()[n])
        ]
        assert moved, part


def gradient_step(
    model: torch.nn.Module, rows: Dataset, folder: object, batch: int, steps: int
) -> torch.Tensor:
    """Weights of the head after one SGD step of rate 1: minus the gradient the Trainer used."""
    optimiser = torch.optim.SGD(model.parameters(), lr=1.0)
    constant = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 1.0)
    start = model.classifier.weight.detach().clone()
    settings = arguments(
        folder, per_device_train_batch_size=batch, gradient_accumulation_steps=steps, max_grad_norm=0
    )
    tokenizer = CompositionTokenizer()

    def collate(rows: list[dict]) -> dict[str, torch.Tensor]:
        labels = torch.tensor([row["labels"] for row in rows])
        inputs = [{k: v for k, v in row.items() if k != "labels"} for row in rows]
        return {**tokenizer.pad(inputs, return_tensors="pt"), "labels": labels}

    trainer = Trainer(
        model, settings, train_dataset=rows, data_collator=collate, optimizers=(optimiser, constant)
    )
    trainer.train()
    return start - model.classifier.weight.detach()


def test_gradient_accumulation_does_not_multiply_the_loss(tiny_shape, tmp_path):
    rows = Examples(STRINGS, [1.0, -2.0, 0.5, 3.0, 1.5, -1.0, 2.0, 0.0])
    gradients = []
    for batch, steps in ((8, 1), (2, 4)):
        torch.manual_seed(0)
        config = MatBertConfig.of_size(
            "tiny", **tiny_shape, num_labels=1, problem_type="regression",
            hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        )  # fmt: skip
        model = MatBertForSequenceClassification(config)
        gradients.append(gradient_step(model, rows, tmp_path, batch, steps))
    torch.testing.assert_close(gradients[1], gradients[0], rtol=1e-3, atol=1e-5)

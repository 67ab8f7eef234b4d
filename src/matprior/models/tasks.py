"""One composition encoder with a prompt and a last layer for each of several properties, chosen by name.

A task never touches the encoder, so its answers don't depend on which other tasks are there. All tasks
together cost less than one after another: layers below the prompts run once.
"""

from __future__ import annotations

import copy
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from matprior.models.matbert import (
    MatBertConfig,
    MatBertForSequenceClassification,
    MatBertModel,
    MatBertPreTrainedModel,
)
from matprior.models.prompts import Prompt, stacked

OF_TASK = ("prompt", "num_labels", "problem_type", "head", "id2label")
"""Fields of a config that belong to a task; the others are the encoder's."""


class TaskHead(nn.Module):
    """What a task owns.

    Parameters
    ----------
    told : of the task, with the fields `OF_TASK`
    config : of the encoder
    """

    def __init__(self, told: dict[str, Any], config: Any) -> None:
        super().__init__()
        self.prompt = Prompt(told["prompt"], config)
        self.classifier = nn.Linear(config.hidden_size, int(told["num_labels"]))


class MatBertForTasks(MatBertPreTrainedModel):
    """Several questions to one frozen encoder. `config.tasks` names them, in the order of their positions."""

    _keys_to_ignore_on_load_unexpected = []  # noqa: RUF012

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.matbert = MatBertModel(config)
        tasks = config.tasks or {}
        self.tasks = nn.ModuleDict({name: TaskHead(told, config) for name, told in tasks.items()})
        self.post_init()

    @classmethod
    def around(cls, model: MatBertForSequenceClassification) -> MatBertForTasks:
        """A network without a task yet, on the encoder of a fitted model."""
        config = copy.deepcopy(model.config)
        config.prompt, config.head, config.tasks, config.problem_type = None, None, {}, None
        with torch.device("meta"):
            network = cls(config)
        network.matbert = _encoder(model.matbert, None)
        return network.eval()

    def add(self, name: str, model: MatBertForSequenceClassification) -> None:
        """Take prompt and last layer of a fitted model as a new task.

        Raises
        ------
        ValueError
            It has no prompt, or another encoder.
        """
        if model.matbert.prompt is None:
            raise ValueError(f"The model of {name!r} has no prompt. Fit it with strategy='prompts'.")
        if model.extra_features is not None:
            raise ValueError(f"The model of {name!r} reads extra columns; a model of several tasks does not.")
        depths = {told["prompt"]["depth"] for told in self.config.tasks.values()}
        if depths - {model.config.prompt["depth"]}:
            raise ValueError(
                f"The prompt of {name!r} is {model.config.prompt['depth']}, those of the other tasks aren't. "
                f"Fit it with depth={depths.pop()!r}: rows of several tasks share a batch."
            )
        if model.config.pooling != self.config.pooling:
            raise ValueError(
                f"The model of {name!r} pools by {model.config.pooling!r}, the others by "
                f"{self.config.pooling!r}. Leave the option pooling out."
            )
        theirs = dict(_encoder(model.matbert, None).named_parameters())
        for key, tensor in self.matbert.named_parameters():
            if key not in theirs or not torch.equal(tensor, theirs[key]):
                raise ValueError(
                    f"The model of {name!r} has another encoder: {key} differs. Tasks of one model share one."
                )
        told = {field: getattr(model.config, field) for field in OF_TASK}
        head = TaskHead(told, self.config)
        head.prompt, head.classifier = model.matbert.prompt, model.classifier
        self.tasks[name] = head.eval()
        self.config.tasks = {**(self.config.tasks or {}), name: told}

    def single(self, name: str) -> MatBertForSequenceClassification:
        """The plain network of one task; its weights are these, not copies of them."""
        config = copy.deepcopy(self.config)
        config.tasks = None
        for field, value in self.config.tasks[name].items():
            setattr(config, field, value)
        with torch.device("meta"):
            network = MatBertForSequenceClassification(cast(MatBertConfig, config))
        head: Any = self.tasks[name]
        network.matbert = _encoder(self.matbert, head.prompt)
        network.classifier = head.classifier
        return network.eval()

    def forward(
        self,
        input_ids: Tensor,
        task: Tensor,
        amounts: Tensor | None = None,
        attention_mask: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Rows of different tasks in one batch.

        Parameters
        ----------
        task : position of each row's task, shape (n,)

        Returns
        -------
        Vectors that the last layers read, shape (n, d), and their outputs (n, k); columns beyond a task's own
        are 0.
        """
        heads: list[Any] = list(self.tasks.values())
        prompts = stacked([head.prompt for head in heads], task)
        vectors = self.matbert(input_ids, amounts, attention_mask, prompts=prompts).pooler_output
        widest = max(head.classifier.out_features for head in heads)
        outputs = vectors.new_zeros(len(vectors), widest)
        for place, head in enumerate(heads):
            rows = task == place
            outputs[rows, : head.classifier.out_features] = head.classifier(vectors[rows])
        return vectors, outputs

    def every(
        self,
        input_ids: Tensor,
        amounts: Tensor | None = None,
        attention_mask: Tensor | None = None,
        tasks: list[str] | None = None,
    ) -> Tensor:
        """What the last layers read of each string for all tasks, or those named, shape (n, tasks, d).

        The same numbers, bit for bit, as one task after another: the shared layers see the same batch.
        """
        heads: list[Any] = [self.tasks[name] for name in (tasks or self.tasks)]
        prompts = [head.prompt.given() for head in heads]
        return torch.stack(self.matbert.several(input_ids, amounts, attention_mask, prompts), 1)

    @torch.inference_mode()
    def outputs(self, name: str, vectors: np.ndarray) -> np.ndarray:
        """Outputs of a task's last layer (n, k), from what it reads (n, d)."""
        head: Any = self.tasks[name]
        return head.classifier(torch.from_numpy(vectors).to(self.device)).cpu().numpy()


def _encoder(encoder: MatBertModel, prompt: Prompt | None) -> MatBertModel:
    """The same encoder with another prompt, on the same weights."""
    other = copy.copy(encoder)
    # A shallow copy shares the dict of modules too, and would change the prompt of the original.
    other._modules = dict(encoder._modules)
    other.config = copy.copy(encoder.config)
    other.prompt = prompt
    return other

"""Prompts inside the encoder: where they stand, that they act, and that peft's prefix is the same thing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from matprior.models.matbert import MatBertForSequenceClassification
from matprior.models.prompts import UNHEARD, Prompt, stacked
from matprior.models.tasks import MatBertForTasks
from matprior.tokens import encode_many
from matprior.training.batches import as_tensors
from matprior.training.loop import seed_everything

SHAPES = [
    {"depth": "deep", "length": 3, "layers": 2},
    {"depth": "deep", "length": 5, "layers": 1},
    {"depth": "shallow", "length": 4, "layers": 2},
]


@pytest.fixture
def network(checkpoint) -> MatBertForSequenceClassification:
    seed_everything(0)
    return MatBertForSequenceClassification.from_pretrained(checkpoint, num_labels=1).eval()


@pytest.fixture(scope="module")
def batch() -> dict[str, torch.Tensor]:
    strings = ["NaCl", "LiFePO4", "SrTiO3", "Fe"]
    return as_tensors(encode_many(strings), np.arange(4))


def with_prompt(network, shape, spread: float = 1.0) -> Prompt:
    seed_everything(1)
    prompt = Prompt(shape, network.config)
    prompt.reset(spread)
    network.matbert.prompt, network.config.prompt = prompt, shape
    return prompt


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_prompt_moves_the_answer_and_an_unheard_one_does_not(shape, network, batch):
    with torch.no_grad():
        plain = network(**batch).logits
        prompt = with_prompt(network, shape)
        assert (network(**batch).logits - plain).abs().max() > 1e-5
        prompt.loudness.fill_(UNHEARD)
        torch.testing.assert_close(network(**batch).logits, plain, atol=1e-6, rtol=0)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_order_of_elements_still_means_nothing_and_padding_neither(shape, network):
    with_prompt(network, shape)
    one = as_tensors(encode_many(["SrTiO3", "LiFePO4"]), np.arange(2))
    order = torch.tensor([0, 3, 1, 2, 4, 5])  # [CLS] first, then three elements in another order
    with torch.no_grad():
        answer = network(**one).logits[0]
        turned = {name: value[:1][:, order] for name, value in one.items()}
        torch.testing.assert_close(network(**turned).logits[0], answer, atol=1e-5, rtol=0)
        alone = as_tensors(encode_many(["SrTiO3"]), np.arange(1))
        torch.testing.assert_close(network(**alone).logits[0], answer, atol=1e-5, rtol=0)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_cls_stays_at_position_0(shape, network, batch):
    seen = {}
    with_prompt(network, shape)
    embeddings = network.matbert.bert.embeddings
    handle = embeddings.register_forward_pre_hook(
        lambda _, args, kwargs: seen.update(kwargs), with_kwargs=True
    )
    with torch.no_grad():
        hidden = network.matbert(**batch).last_hidden_state
        cls = network.matbert.embedded(batch["input_ids"], batch["amounts"])[:, 0]
    handle.remove()
    assert torch.equal(seen["inputs_embeds"][:, 0], cls)
    assert (seen["position_ids"] == 0).all()
    assert hidden.shape[:2] == batch["input_ids"].shape


def test_a_deep_prompt_that_is_not_turned_down_is_the_prefix_of_peft(network, batch):
    peft = pytest.importorskip("peft")
    from transformers import BertModel, DynamicCache

    shape = {"depth": "deep", "length": 3, "layers": 2}
    prompt = with_prompt(network, shape)  # loudness 0
    config = peft.PrefixTuningConfig(
        peft_type="PREFIX_TUNING", task_type="FEATURE_EXTRACTION", num_virtual_tokens=3, token_dim=32,
        num_layers=2, num_attention_heads=2, encoder_hidden_size=32, prefix_projection=False,
    )  # fmt: skip
    theirs = peft.PrefixEncoder(config)
    with torch.no_grad():
        # One row per virtual token: key and value of layer 1, key and value of layer 2.
        theirs.embedding.weight.copy_(prompt.values.permute(2, 0, 1, 3).reshape(3, -1))
        n, bert = len(batch["input_ids"]), network.matbert.bert
        assert isinstance(bert, BertModel)
        flat = theirs(torch.arange(3).expand(n, -1)).view(n, 3, 4, 2, 16).permute(2, 0, 3, 1, 4)
        cache = DynamicCache([(flat[0], flat[1]), (flat[2], flat[3])])
        mask = torch.cat((torch.ones(n, 3, dtype=torch.long), batch["attention_mask"]), 1)
        hidden = bert(
            inputs_embeds=network.matbert.embedded(batch["input_ids"], batch["amounts"]),
            attention_mask=mask[:, None, None, :].bool(), position_ids=torch.zeros_like(batch["input_ids"]),
            past_key_values=cache,
        ).last_hidden_state  # fmt: skip
        mine = network.matbert(**batch).last_hidden_state
    known = batch["attention_mask"].bool()
    torch.testing.assert_close(mine[known], hidden[known], atol=1e-5, rtol=0)


def test_attention_that_is_looked_at_adds_up_and_counts_the_prompt(network, batch):
    network.set_attn_implementation("eager")
    for shape in SHAPES:
        with_prompt(network, shape)
        with torch.no_grad():
            maps = network(**batch, output_attentions=True).attentions
        assert len(maps) == 2
        width = batch["input_ids"].shape[1]
        assert maps[-1].shape[-1] == width + shape["length"]
        torch.testing.assert_close(maps[-1].sum(-1), torch.ones(maps[-1].shape[:-1]))


def test_rows_of_several_prompts_answer_as_alone_whatever_their_lengths_and_layers(network, batch):
    prompts = [with_prompt(network, shape) for shape in SHAPES[:2]]
    rows = torch.tensor([0, 1, 1, 0])
    with torch.no_grad():
        mixed = network.matbert(**batch, prompts=stacked(prompts, rows)).pooler_output
        for place, prompt in enumerate(prompts):
            alone = network.matbert(**batch, prompts=prompt.given()).pooler_output
            torch.testing.assert_close(mixed[rows == place], alone[rows == place], atol=1e-5, rtol=0)


def test_a_task_from_another_encoder_is_refused(network):
    with_prompt(network, SHAPES[0])
    tasks = MatBertForTasks.around(network)
    tasks.add("one", network)
    with torch.no_grad():
        tasks.single("one").matbert.bert.embeddings.LayerNorm.weight.add_(1)  # shared, so both move
    tasks.add("same", network)
    other = MatBertForSequenceClassification(network.config)
    with pytest.raises(ValueError, match="has another encoder"):
        tasks.add("two", other)
    network.matbert.prompt = None
    with pytest.raises(ValueError, match="has no prompt"):
        tasks.add("three", network)

"""Sampling: wishes hold for every row, seeds repeat, rows end where they end."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from matprior.generation.constraint import OnlyWanted, Wishes
from matprior.generation.sample import Sampling, sample
from matprior.generation.validity import judge_all
from matprior.notations.composition import parse_amounts
from matprior.tokens.sentences import BOS, CONTEXT, ELEMENTS, EOS, ID, PAD, TOKENS

WISHES = [
    Wishes(charge_neutral=True),
    Wishes(require=["P", "O"], forbid=["Li"], fewest=3, most=5, charge_neutral=True),
    Wishes(prefix=["Li", "Fe"], charge_neutral=True, most=4),
    Wishes(prefix=["Li"], require=["F"], fewest=2, most=3),
    Wishes(fewest=2, most=2),
]


@pytest.mark.parametrize("wishes", WISHES, ids=str)
def test_every_formula_fulfils_the_wishes_whatever_the_network_says(untrained, wishes):
    found = sample(untrained, 300, Sampling(seed=3), OnlyWanted(wishes)).strings
    assert None not in found
    for formula, verdict in zip(found, judge_all(found), strict=True):
        elements = list(parse_amounts(formula))
        assert elements[: len(wishes.prefix)] == wishes.prefix
        assert {*wishes.require} <= {*elements}
        assert not {*wishes.forbid} & {*elements}
        assert wishes.fewest <= len(elements) <= wishes.most
        assert verdict.balanced or not wishes.charge_neutral


def test_without_wishes_the_untrained_network_writes_nonsense(untrained):
    assert sample(untrained, 100, Sampling(seed=0)).strings.count(None) > 50


def test_hugging_faces_own_generate_takes_the_processor(untrained):
    prompt = torch.full((40, 1), BOS)
    torch.manual_seed(0)
    ids = untrained.generate(
        prompt, attention_mask=torch.ones_like(prompt), do_sample=True, max_length=CONTEXT, top_k=0,
        logits_processor=[OnlyWanted(Wishes(charge_neutral=True, most=4))],
    )  # fmt: skip
    from matprior.tokens.sentences import formula_of

    formulas = [formula_of(row[1:]) for row in ids.tolist()]
    assert all(verdict.balanced for verdict in judge_all(formulas))


def test_same_seed_same_formulas_and_another_seed_others(untrained):
    one, again, other = (sample(untrained, 50, Sampling(seed=s), OnlyWanted(WISHES[0])) for s in (1, 1, 2))
    assert one.strings == again.strings
    assert one.strings != other.strings


def test_the_cache_changes_no_probability(untrained):
    """Log-probabilities from the cache, rows leaving one by one, are those of a pass over the sentence."""
    from matprior.tokens.sentences import sentence

    found = sample(untrained, 60, Sampling(seed=5), OnlyWanted(Wishes(charge_neutral=True, most=3)))
    agreeing = 0
    for formula, told in zip(found.strings, found.log_probabilities, strict=True):
        tokens = sentence(formula)
        ids = torch.tensor([[BOS, *(ID[token] for token in tokens), EOS]])
        with torch.no_grad():
            chances = untrained(ids).logits[0, :-1].log_softmax(-1)
        agreeing += float(chances.gather(1, ids[0, 1:, None]).sum()) == pytest.approx(told, abs=1e-3)
    # The others wrote a multiple, such as Na2Cl2, of which the reduced formula is told.
    assert agreeing > 40


def test_top_k_of_one_is_the_likeliest_sentence_for_every_row(generator):
    from matprior.generation.propose import open_generator

    found = sample(open_generator(generator), 5, Sampling(top_k=1)).strings
    assert len(set(found)) == 1


def test_a_low_temperature_repeats_itself_more(generator):
    from matprior.generation.propose import open_generator

    model = open_generator(generator)
    cold, warm = (len(set(sample(model, 200, Sampling(temperature=t)).strings)) for t in (0.2, 1.0))
    assert cold < warm


def test_top_p_leaves_out_the_unlikely():
    from matprior.generation.sample import _draw

    scores = torch.log(torch.tensor([[0.5, 0.3, 0.15, 0.05]])).repeat(400, 1)
    drawn = _draw(scores, Sampling(top_p=0.7), torch.Generator().manual_seed(0))
    assert set(drawn.tolist()) == {0, 1}


def test_a_finished_row_gets_only_padding():
    wanted = OnlyWanted(Wishes(charge_neutral=True))
    scores = wanted(torch.tensor([[BOS, ID["Na"], ID["Cl"], EOS]]), torch.zeros(1, len(TOKENS)))
    assert torch.isfinite(scores[0]).nonzero().ravel().tolist() == [PAD]


def test_after_sodium_oxide_only_amounts_that_can_balance_are_open():
    wanted = OnlyWanted(Wishes(charge_neutral=True, most=2))
    scores = wanted(torch.tensor([[BOS, ID["Na"], ID["2"], ID["O"]]]), torch.zeros(1, len(TOKENS)))
    open_tokens = {TOKENS[i] for i in torch.isfinite(scores[0]).nonzero().ravel().tolist()}
    assert open_tokens == {"<eos>", "2"}  # the oxide, and the peroxide Na2O2


@pytest.mark.parametrize(
    ("wishes", "told"),
    [
        ({"require": ["Xx"]}, "'Xx' is no element"),
        ({"require": ["O"], "forbid": ["O"]}, "both forbidden and required"),
        ({"fewest": 4, "most": 3}, "elements 4-3 are not possible"),
        ({"require": ["Li", "Fe", "O"], "most": 2}, "at most 2 allowed"),
        ({"prefix": ["Fe"], "require": ["Li"]}, "Put it into --prefix"),
    ],
)
def test_wishes_that_contradict_each_other_are_refused(wishes, told):
    with pytest.raises(ValueError, match=told):
        Wishes(**wishes)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"temperature": 0}, "temperature is 0"),
        ({"top_p": 1.5}, "top_p is 1.5"),
        ({"top_k": -1}, "top_k is -1"),
        ({"guidance": -0.5}, "guidance is -0.5"),
    ],
)
def test_sampling_options_out_of_range_are_refused(options, told):
    with pytest.raises(ValueError, match=told):
        Sampling(**options)


def test_heavy_hydrogen_is_written_only_where_it_is_asked_for(untrained):
    found = sample(untrained, 200, Sampling(seed=1), OnlyWanted(Wishes(most=4))).strings
    assert not any("D" in parse_amounts(formula) or "T" in parse_amounts(formula) for formula in found)
    assert "D" in ELEMENTS
    assert np.isfinite(sample(untrained, 5).log_probabilities).all()

"""Properties that are asked for: how far they carry, and that what is farther off is left out."""

from __future__ import annotations

import numpy as np
import pytest

from matprior.generation.asked import Within, told_of
from matprior.generation.constraint import OnlyWanted, Wishes
from matprior.generation.propose import open_generator, propose
from matprior.generation.sample import Sampling, sample
from matprior.tokens.formula_language import FORMULAS


def fluorides(model, guidance: float) -> float:
    """Share of fluorides, whose gap of 0 is asked for."""
    found = sample(model, 300, Sampling(seed=0, guidance=guidance), asked={"band_gap": 0.0}).strings
    return float(np.mean([one is not None and "F" in one for one in found]))


def test_guidance_carries_what_is_asked_farther(generator):
    model = open_generator(generator)
    without, as_learned, farther = (fluorides(model, guidance) for guidance in (0, 1, 3))
    assert without < as_learned < farther


def test_guidance_changes_nothing_where_nothing_is_asked(generator):
    model = open_generator(generator)
    one, two = (sample(model, 50, Sampling(seed=4, guidance=g)).strings for g in (1.0, 3.0))
    assert one == two


def test_without_guidance_the_question_is_not_heard(generator):
    """Guidance 0 draws as if nothing had been asked."""
    model = open_generator(generator)
    asked = sample(model, 50, Sampling(seed=4, guidance=0), asked={"band_gap": 3.5})
    free = sample(model, 50, Sampling(seed=4))
    assert asked.strings == free.strings


def test_guided_proposals_keep_the_wishes(untrained):
    wanted = OnlyWanted(Wishes(require=["O"], most=3))
    found = sample(untrained, 60, Sampling(seed=5, guidance=2), wanted, asked={"band_gap": 2.0}).strings
    assert all(one is not None and "O" in one for one in found)


def test_what_is_farther_off_is_left_out_and_counted():
    asked = {"band_gap": Within(2.0, 0.4)}
    wishes = Wishes(charge_neutral=True)
    table, notes = propose("matgpt-small", 20, Sampling(seed=1), wishes, asked)
    assert len(table) == 20
    assert table["band_gap_eV"].between(1.6, 2.4).all()
    answers = told_of(list(table["formula"]), ["band_gap"], FORMULAS)[:, 0]
    assert np.allclose(table["band_gap_eV"], answers, rtol=1e-2)
    assert any("have no band_gap of 2 ± 0.4" in note for note in notes)


def test_molecules_have_the_computed_property():
    table, _ = propose("molgpt-small", 8, Sampling(seed=1), None, {"logp": Within(2.0, 0.5)})
    assert table["logp"].between(1.5, 2.5).all()


def test_novel_ones_were_not_learned_from(generator):
    free, _ = propose(generator, 20, Sampling(seed=0))
    new, notes = propose(generator, 20, Sampling(seed=0), novel=True)
    assert free["learned_from"].any()
    assert not new["learned_from"].any()
    assert any("were learned from" in note for note in notes)


def test_a_checkpoint_that_does_not_tell_what_it_saw_promises_nothing_new(generator, tmp_path):
    import shutil

    from matprior.data.seen import SEEN

    left_out = shutil.ignore_patterns(SEEN, "matprior.json", "run")
    shutil.copytree(generator, tmp_path / "silent", ignore=left_out)
    with pytest.raises(ValueError, match="does not tell what it learned from"):
        propose(tmp_path / "silent", 5, novel=True)


@pytest.mark.parametrize("text", ["1.5±0.2", "1.5+-0.2", "1.5+/-0.2", " 1.5 ± 0.2"])
def test_a_value_may_be_off_by_something(text):
    assert Within.read(text) == Within(1.5, 0.2)


def test_a_value_alone_may_be_off_by_anything():
    assert Within.read("-2") == -2.0
    with pytest.raises(ValueError, match="leaves no room"):
        Within.read("1.5±0")
    with pytest.raises(ValueError, match="no value to ask for"):
        Within.read("nan")

"""How far a verb has come is told where no bar can be seen."""

from __future__ import annotations

from types import SimpleNamespace

from matprior.cli import console


def test_a_log_is_told_how_far_a_verb_has_come_but_not_at_every_step(monkeypatch, capsys):
    clock = iter(range(0, 1000, 20))
    monkeypatch.setattr(console, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setattr(console, "PULSE", 50.0)
    with console.progress_bar("Evaluating") as progress:
        for done in range(7):
            progress(done, 1_200, "matbert-small [fold 1]")
    told = [line for line in capsys.readouterr().err.splitlines() if "Evaluating" in line]
    assert len(told) == 2
    assert told[0].startswith("Evaluating: 2 of 1,200 matbert-small [fold 1]")


def test_a_verb_that_takes_seconds_tells_a_log_nothing(capsys):
    with console.progress_bar("Evaluating") as progress:
        progress(1, 2, "")
    assert "Evaluating" not in capsys.readouterr().err

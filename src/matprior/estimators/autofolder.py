"""A fitted `auto` model as one folder; nothing pickled.

`matprior.json` says what is mixed; `members/0..` are plain fitted models, `pretrained/` the encoder that
other models read from, `trees.skops` holds scikit-learn's learners, `boosted/` LightGBM's as text.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from safetensors.numpy import load_file, save_file

from matprior.data.files import write_folder
from matprior.estimators.boosting import Boosted
from matprior.estimators.candidates import Fitted
from matprior.estimators.domain import DOMAIN, Domain
from matprior.estimators.features import Pretrained
from matprior.estimators.intervals import Calibration
from matprior.estimators.probabilities import Correction
from matprior.estimators.stacking import Stack
from matprior.models.checksums import check_marks, marks
from matprior.models.damage import damaged, read_facts, reading, restored

if TYPE_CHECKING:
    from matprior.estimators.auto import AutoEstimator

TREES = "trees.skops"
CALIBRATION = "calibration.safetensors"
TRUSTED: tuple[str, ...] = (
    "sklearn.tree._tree.Tree",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    *(f"sklearn.gaussian_process.kernels.{name}" for name in ("ConstantKernel", "Matern", "WhiteKernel")),
    *(f"sklearn.gaussian_process.kernels.{name}" for name in ("Product", "Sum")),
)
"""Types a `trees.skops` may hold beyond those that skops trusts itself. A file with another one is refused:
loading it could run code."""
KEPT = (
    "target_names_", "threshold_", "training_", "n_training_rows_", "_one_dimensional", "task_", "story_",
    "folds_", "seconds_", "judged_by",
)  # fmt: skip
NEEDED = ("parameters", "fitted", "stack", "choice", "members", "learners")
"""What `matprior.json` must say."""
STALE = ("config.json", "model.safetensors")
"""Files of a plain model that may have been saved in the same folder before."""


def save(estimator: AutoEstimator, folder: str | Path) -> Path:
    """Write a fitted `auto` model; the folder can be loaded when everything is there, and not before."""
    from matprior.estimators.folder import FACTS

    final = Path(folder)
    with write_folder(final, last=FACTS) as draft:
        _write(estimator, draft)
        # Without its facts a folder is no model: old ones go first, the new ones come last.
        for name in (FACTS, *STALE, "members", "pretrained", "boosted", TREES):
            _remove(final / name)
    return final


def load(folder: Path) -> Any:
    """Read a folder written by `save`."""
    from matprior.estimators.autoclassifier import AutoClassifier
    from matprior.estimators.autoregressor import AutoRegressor
    from matprior.estimators.folder import FACTS
    from matprior.estimators.folder import load as load_member

    facts = read_facts(folder, FACTS, *NEEDED)
    check_marks(folder)
    kinds = {"AutoRegressor": AutoRegressor, "AutoClassifier": AutoClassifier}
    estimator = restored(folder, FACTS, kinds[facts["estimator"]], facts, KEPT)
    with reading(folder, FACTS):
        estimator.stack_ = Stack(**facts["stack"])
        estimator.choice_ = pd.DataFrame(facts["choice"])
    estimator.members_ = [load_member(folder / "members" / str(i)) for i in range(facts["members"])]
    pretrained = folder / "pretrained"
    estimator.pretrained_ = Pretrained.open(pretrained) if pretrained.is_dir() else None
    with reading(folder, DOMAIN):
        estimator.domain_ = Domain.load(folder / DOMAIN)
    estimator.fitted_ = _learners(folder, facts["learners"])
    history = folder / "history.csv"
    with reading(folder, history.name):
        estimator.history_ = pd.read_csv(history) if history.stat().st_size > 1 else pd.DataFrame()
    with reading(folder, CALIBRATION):
        _calibrate(estimator, facts, load_file(folder / CALIBRATION))
    return estimator


def _calibrate(estimator: Any, facts: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """What is known of the errors, from what was saved."""
    if "coverage" in facts:
        estimator.calibration_ = Calibration(arrays["residuals"], arrays["vectors"])
        estimator.coverage_ = pd.DataFrame(facts["coverage"])
    else:
        estimator.classes_ = np.asarray(facts["classes"])
        estimator.correction_ = Correction(facts["correction"], arrays["steps"], arrays["levels"])
        estimator.doubts_ = arrays["doubts"]


def _write(estimator: Any, draft: Path) -> None:
    from matprior.estimators.folder import FACTS, VERSIONED, parameter, plain

    parameters = estimator.get_params(deep=False)
    facts: dict[str, Any] = {
        "estimator": type(estimator).__name__,
        "notation": estimator.notation_,
        "parameters": {name: parameter(name, value) for name, value in parameters.items()},
        "fitted": {name: plain(getattr(estimator, name)) for name in KEPT if hasattr(estimator, name)},
        "stack": asdict(estimator.stack_),
        "choice": estimator.choice_.to_dict("records"),
        "members": len(estimator.members_),
        "learners": _write_learners(estimator.fitted_, draft),
        "versions": {name: version(name) for name in (*VERSIONED, "lightgbm", "skops")},
    }
    for place, member in enumerate(estimator.members_):
        member.save(draft / "members" / str(place))
    if estimator.pretrained_ is not None:
        estimator.pretrained_.save(draft / "pretrained")
    estimator.domain_.save(draft / DOMAIN)
    if hasattr(estimator, "classes_"):
        correction = estimator.correction_
        facts |= {"classes": plain(estimator.classes_), "correction": correction.method}
        arrays = {"steps": correction.steps, "levels": correction.levels, "doubts": estimator.doubts_}
    else:
        facts["coverage"] = estimator.coverage_.to_dict("records")
        arrays = {"residuals": estimator.calibration_.residuals, "vectors": estimator.calibration_.vectors}
    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, draft / CALIBRATION)
    estimator.history_.to_csv(draft / "history.csv", index=False)
    facts |= marks(draft)
    (draft / FACTS).write_text(json.dumps(facts, indent=1, ensure_ascii=False), encoding="utf-8")


def _write_learners(fitted: dict[str, Fitted], draft: Path) -> dict[str, Any]:
    """Write learners, and tell in plain data what belongs where."""
    from skops import io

    solved: dict[str, Any] = {}
    told: dict[str, Any] = {}
    for name, one in fitted.items():
        parts = {}
        for part in ("value", "gate"):
            learner = getattr(one, part)
            if learner is None:
                continue
            parts[part] = "text" if isinstance(learner, Boosted) else "skops"
            if isinstance(learner, Boosted):
                (draft / "boosted").mkdir(exist_ok=True)
                file = draft / "boosted" / f"{name}.{part}.txt"
                # As bytes: LightGBM finds its trees by byte counts, and Windows would add one per line.
                file.write_bytes(learner.text_.encode())
                parts[f"{part}_kind"] = learner.kind
            else:
                solved[f"{name}.{part}"] = learner
        told[name] = {
            "kind": one.problem_kind, "n_classes": one.n_classes, "edge": one.edge, "seen": one.seen,
            "parts": parts,
        }  # fmt: skip
    if solved:
        # Level 1: forests shrink by two thirds, and higher levels take minutes for a few per cent more.
        io.dump(solved, draft / TREES, compression=zipfile.ZIP_DEFLATED, compresslevel=1)
    return told


def _learners(folder: Path, told: dict[str, Any]) -> dict[str, Fitted]:
    solved: dict[str, Any] = {}
    if (folder / TREES).is_file():
        from skops import io

        with reading(folder, TREES):
            unknown = set(io.get_untrusted_types(file=folder / TREES)) - set(TRUSTED)
        if unknown:
            raise ValueError(
                f"{folder / TREES} holds types that matprior never writes: {', '.join(sorted(unknown))}. It "
                "was changed, or comes from another version. Do not load it; fit the model again."
            )
        with reading(folder, TREES):
            solved = io.load(folder / TREES, trusted=list(TRUSTED))
    found = {}
    for name, one in told.items():
        if Path(name).name != name:  # the facts of a stranger must not make us read files elsewhere
            raise damaged(folder, "matprior.json", f"{name!r} is no name of a learner")
        fitted = Fitted(one["kind"], one["n_classes"], one["edge"], seen=one["seen"])
        for part in ("value", "gate"):
            form = one["parts"].get(part)
            if form == "text":
                file = f"boosted/{name}.{part}.txt"
                with reading(folder, file):
                    text = (folder / file).read_bytes().decode()
                    setattr(fitted, part, Boosted(one["parts"][f"{part}_kind"]).read(text))
            elif form == "skops":
                with reading(folder, TREES):
                    setattr(fitted, part, solved[f"{name}.{part}"])
        found[name] = fitted
    return found


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

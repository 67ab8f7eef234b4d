"""A fitted `PrototypeClassifier` as a folder: facts as JSON, support rows as safetensors. Nothing pickled.

A checkpoint that ships with the package is named; any other is copied into the folder, so that the folder
answers on its own.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import load_file, save_file

from matprior.data.files import write_folder
from matprior.estimators.features import Pretrained
from matprior.estimators.folder import plain
from matprior.fewshot.blocks import Scales
from matprior.fewshot.prototypes import PrototypeOptions
from matprior.models.checksums import check_marks, marks
from matprior.models.damage import read_facts, reading
from matprior.models.zoo import shipped

if TYPE_CHECKING:
    from matprior.estimators.prototypes import PrototypeClassifier

FACTS = "fewshot.json"
ARRAYS = "support.safetensors"
ENCODER = "encoder"


def save(classifier: PrototypeClassifier, folder: Path) -> Path:
    """Write a fitted classifier; files are made beside the folder and moved in, the facts last."""
    with write_folder(folder, last=FACTS) as draft:
        travels = classifier.model is not None and str(classifier.model) not in shipped()
        if travels:
            assert classifier.pretrained_ is not None
            classifier.pretrained_.save(draft / ENCODER)
        arrays = {"vectors": classifier.vectors_, "rows": classifier.vector_rows_}
        save_file(
            {name: np.ascontiguousarray(a) for name, a in (arrays | classifier.scales_.arrays()).items()},
            draft / ARRAYS,
        )
        told = json.dumps(_facts(classifier, travels) | marks(draft), indent=1, ensure_ascii=False)
        (draft / FACTS).write_text(told, encoding="utf-8")
        shutil.rmtree(folder / ENCODER, ignore_errors=True)
    return folder


def load(folder: Path) -> PrototypeClassifier:
    """Read a folder written by `save`.

    Raises
    ------
    ValueError
        Not such a folder, or a file of it is damaged.
    """
    from matprior.estimators.prototypes import PrototypeClassifier

    if not (folder / FACTS).is_file():
        raise ValueError(
            f"{str(folder)!r} holds no few-shot classifier: it has no {FACTS}. Give a folder that "
            "PrototypeClassifier.save wrote."
        )
    facts = read_facts(folder, FACTS, "parameters", "classes", "support", "support_codes", "notation")
    check_marks(folder, FACTS)
    parameters = facts["parameters"]
    if parameters["model"] == ENCODER:
        parameters["model"] = str(folder / ENCODER)
    with reading(folder, FACTS):
        found = PrototypeClassifier(**parameters)
    found.notation_, found.support_ = facts["notation"], facts["support"]
    found.classes_ = np.asarray(facts["classes"])
    found.support_codes_ = np.asarray(facts["support_codes"], dtype=np.int64)
    found.pretrained_ = None if found.model is None else Pretrained.open(found.model)
    with reading(folder, ARRAYS):
        arrays = load_file(folder / ARRAYS)
        vectors, rows = arrays.pop("vectors"), arrays.pop("rows")
        found.scales_ = Scales.of(arrays)
        # Learned again from the same rows, with the temperature that was found then.
        options = PrototypeOptions(found.metric, facts["temperature"], found.shrinkage)
        found._learn(vectors, rows, options)
    return found


def _facts(classifier: PrototypeClassifier, travels: bool) -> dict[str, Any]:
    parameters = {name: plain(value) for name, value in classifier.get_params(deep=False).items()}
    model = classifier.model
    parameters["model"] = ENCODER if travels else None if model is None else str(model)
    return {
        "estimator": "PrototypeClassifier",
        "notation": classifier.notation_,
        "parameters": parameters,
        "classes": plain(classifier.classes_),
        "temperature": plain(classifier.temperature_),
        "support": list(classifier.support_),
        "support_codes": plain(classifier.support_codes_),
    }

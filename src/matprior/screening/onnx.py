"""Networks as ONNX files, and fitted models that run on them. The only door to onnx and onnxruntime.

What is exported is the network of a fitted model: tokens and amounts in, vectors and answers out. Running on
it, the rest of the model (error bars, calibration, domain) stays as it is and reads the same vectors.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers.modeling_outputs import BaseModelOutputWithPooling

from matprior.data.files import sha256_of
from matprior.models.damage import read_facts

FILES = {"onnx-fp32": "model.onnx", "onnx-int8": "model.int8.onnx"}
"""Engine -> file beside the weights it was made from."""
FACTS = "onnx.json"
LONGEST, WIDEST = 512, 1 << 20
"""Tokens of a string and strings of a batch that the files are promised to take."""


def need(*packages: str) -> None:
    """Raise ValueError unless the packages are installed."""
    for package in packages:
        if find_spec(package) is None:
            raise ValueError(f'{package} is not installed. Install it with: pip install "matprior[onnx]"')


def networks(estimator: Any) -> dict[str, nn.Module]:
    """Folder below the model's -> network, of a plain or an `auto` model."""
    if hasattr(estimator, "model_"):
        return {"": estimator.model_}
    found = {f"members/{i}": member.model_ for i, member in enumerate(estimator.members_)}
    if estimator.pretrained_ is not None:
        found["pretrained"] = estimator.pretrained_.network
    if not found:
        raise ValueError("No network is in the mix of this model, only trees: there is nothing to export.")
    return found


class _Whole(nn.Module):
    """Vectors and answers of a network, as a graph with two outputs."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, amounts: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        given = {"input_ids": input_ids, "attention_mask": attention_mask}
        if amounts is not None:
            given["amounts"] = amounts
        if hasattr(self.network, "pooled"):
            vectors = self.network.pooled(**given)
        else:
            vectors = self.network.base_model(**given).pooler_output
        last = getattr(self.network, "classifier", None) or self.network.properties
        answers = last(vectors)
        if getattr(self.network.config, "head", None) is not None:
            from matprior.models.answers import decode

            answers = decode(answers, self.network.config.head)
        return vectors, answers


def write(network: Any, file: Path) -> None:
    """Write a network as an ONNX file; batches and strings of any length fit."""
    need("onnx", "onnxscript")
    example = {
        "input_ids": torch.full((2, 5), 5),
        "attention_mask": torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 1, 0]]),
    }
    if network.config.encoding == "amounts":
        example["amounts"] = torch.tensor([[0, 0.2, 0.3, 0.5, 0], [0, 0.4, 0.6, 0, 0]])
    free = {
        0: torch.export.Dim("batch", min=2, max=WIDEST),
        1: torch.export.Dim("tokens", min=2, max=LONGEST),
    }
    with _silence(), torch.no_grad():
        program = torch.onnx.export(
            _Whole(network).eval(),
            (),
            kwargs=example,
            dynamo=True,
            external_data=False,
            dynamic_shapes=dict.fromkeys(example, free),
            output_names=["vectors", "answers"],
            verbose=False,
        )
        assert program is not None
        program.save(str(file))


def quantise(file: Path, smaller: Path) -> None:
    """The same network with weights of 8 bits."""
    need("onnx", "onnxruntime")
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with _silence():
        # Per channel: an output whose weights are small keeps its digits.
        quantize_dynamic(str(file), str(smaller), weight_type=QuantType.QInt8, per_channel=True)


def run_with_onnx(estimator: Any, folder: str | Path, engine: str = "onnx") -> Any:
    """Let a loaded model run on the ONNX files of its folder; returns the model.

    Parameters
    ----------
    engine : "onnx" takes the file the export chose, the others name it

    Raises
    ------
    ValueError
        onnxruntime is not installed, or the folder has no such files, or they belong to other weights.
    """
    need("onnxruntime")
    folder = Path(folder)
    if not (folder / FACTS).is_file():
        raise ValueError(
            f"{folder} has no ONNX files. Make a folder that has: matprior export {folder} --output FOLDER."
        )
    facts = read_facts(folder, FACTS, "default", "weights")
    name = facts["default"] if engine == "onnx" else FILES[engine]
    for place, network in networks(estimator).items():
        own = folder / place
        if not (own / name).is_file():
            raise ValueError(f"{own / name} is missing. Export again, with --int8 for engine onnx-int8.")
        if facts["weights"].get(place) != weights_of(own):
            raise ValueError(
                f"{own / name} was made from other weights than those beside it. Export the model again."
            )
        setattr(network, str(network.base_model_prefix), Encoder(own / name))
    return estimator


def weights_of(folder: Path) -> str:
    """Checksum of the weights that an ONNX file belongs to."""
    return sha256_of(folder / "model.safetensors")


class Encoder(nn.Module):
    """An encoder that asks onnxruntime; takes the place of the one in a loaded model.

    Parameters
    ----------
    file : written by `write` or `quantise`
    """

    def __init__(self, file: Path) -> None:
        super().__init__()
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.log_severity_level = 3
        try:
            self.session = onnxruntime.InferenceSession(str(file), options, ["CPUExecutionProvider"])
        except Exception as error:  # its errors share no class but this one
            raise ValueError(f"{file} can't be used ({str(error)[:160]}). Export the model again.") from None
        self.names = [one.name for one in self.session.get_inputs()]

    @property
    def device(self) -> torch.device:
        """Where inputs are expected."""
        return torch.device("cpu")

    def forward(
        self,
        input_ids: Tensor,
        amounts: Tensor | None = None,
        attention_mask: Tensor | None = None,
        **extra: Any,
    ) -> BaseModelOutputWithPooling:
        """Vectors (n, d) as `pooler_output`. Heads on single tokens see that vector too: nobody asks them."""
        if attention_mask is None:
            attention_mask = (input_ids != 0).long()
        given = {"input_ids": input_ids, "attention_mask": attention_mask, "amounts": amounts}
        fed = {name: np.ascontiguousarray(given[name]) for name in self.names}
        vectors = torch.from_numpy(self.session.run(["vectors"], fed)[0])
        hidden: Any = vectors.unsqueeze(1)
        pooled: Any = vectors
        return BaseModelOutputWithPooling(last_hidden_state=hidden, pooler_output=pooled)


@contextmanager
def _silence() -> Iterator[None]:
    """Exporters talk about operators of libraries that are not installed."""
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)

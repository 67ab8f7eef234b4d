"""Models other than one number from one string: extra columns, several targets, labels, mixes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from matprior.web.schemas import PredictionsOut, WhyOut
from matprior.web.shelf import Shelf

QUICK = {"model": None, "size": "tiny", "training": {"epochs": 2}}


@pytest.fixture(scope="module")
def shelf(salts, tmp_path_factory) -> Shelf:
    """In place of the usual models: two numbers at a temperature, two labels, a mix without a network."""
    from matprior import AutoRegressor, MaterialClassifier, MaterialRegressor

    strings, values = salts
    folder = tmp_path_factory.mktemp("kinds")
    numbers = pd.DataFrame({"E_eV": values, "V_A3": values[::-1]})
    warm = MaterialRegressor(**QUICK).fit(strings, numbers, extra=pd.DataFrame({"T_K": np.arange(48.0)}))
    labels = pd.DataFrame({"oxide": ["O" in s for s in strings], "alkali": ["K" in s for s in strings]})
    several = MaterialClassifier(**QUICK).fit(strings, labels.astype(int))
    mix = AutoRegressor(model=None, candidates=["trees-fractions"]).fit(strings, values)
    molecules = MaterialRegressor(**QUICK, notation="smiles")
    molecules.fit(["CCO", "CCN", "c1ccccc1O", "CC#N", "ClCCl", "C1CCCCC1", "CC(=O)O", "OCCO"], np.arange(8.0))
    shelf = Shelf()
    for name, model in (("warm", warm), ("several", several), ("mix", mix), ("molecules", molecules)):
        shelf.add(model.save(folder / name), name)
    return shelf


def test_extra_columns_reach_the_model(client, shelf):
    ask = {"strings": ["NaCl", "KBr"], "extra": {"T_K": 7}}
    told = PredictionsOut.model_validate(client.post("/api/models/warm/predict", json=ask).json())
    expected = shelf.get("warm").estimator.predict(["NaCl", "KBr"], extra=pd.DataFrame({"T_K": [7.0, 7.0]}))
    np.testing.assert_allclose([[one.value for one in row.answers] for row in told.rows], expected, rtol=1e-5)
    assert [one.target for one in told.rows[0].answers] == ["E_eV", "V_A3"]
    unknown = client.post("/api/models/warm/predict", json={"strings": ["NaCl"]}).json()
    assert unknown["rows"][0]["answers"][0]["value"] is not None


def test_extra_columns_of_a_table_are_read_row_by_row(client, shelf, csv):
    files = csv("a.csv", "formula,T_K", "NaCl,5", "NaCl,40")
    told = client.post("/api/models/warm/table", files=files).json()
    expected = shelf.get("warm").estimator.predict(["NaCl"] * 2, extra=pd.DataFrame({"T_K": [5.0, 40.0]}))
    np.testing.assert_allclose(
        [row["answers"][0]["value"] for row in told["rows"]], expected[:, 0], rtol=1e-5
    )
    lacking = client.post("/api/models/warm/table", files=csv("a.csv", "formula", "NaCl"))
    assert (lacking.status_code, "T_K" in lacking.json()["message"]) == (422, True)


def test_several_labels_come_one_by_one(client):
    told = client.post("/api/models/several/predict", json={"strings": ["K2O1"]}).json()
    answers = told["rows"][0]["answers"]
    assert [one["target"] for one in answers] == ["oxide", "alkali"]
    assert all(one["label"] in ("0", "1") and 0 <= one["probabilities"]["1"] <= 1 for one in answers)
    csv = client.post("/api/models/several/predict.csv", json={"strings": ["K2O1"]}).text
    assert "oxide_p_1" in csv.splitlines()[0]


def test_a_mix_without_a_network_is_predicted_and_says_what_it_cannot_explain(client):
    told = client.post("/api/models/mix/predict", json={"strings": ["NaCl"]}).json()
    assert told["rows"][0]["answers"][0]["low"] <= told["rows"][0]["answers"][0]["high"]
    why = WhyOut.model_validate(client.post("/api/models/mix/explain", json={"string": "NaCl"}).json())
    assert why.parts == []
    assert why.what_ifs
    assert why.notes
    assert client.post("/api/models/mix/map", json={"strings": ["NaCl"]}).status_code in (200, 422)


@pytest.mark.parametrize("name", ["warm", "several"])
def test_each_target_is_explained(client, name):
    for target in (0, 1):
        answer = client.post(f"/api/models/{name}/explain", json={"string": "NaCl", "target": target})
        assert answer.status_code == 200, answer.text
        assert answer.json()["what_ifs"]


def test_a_molecule_is_explained_by_its_numbered_atoms(client):
    pytest.importorskip("captum", reason='needs captum: pip install "matprior[explain]"')
    answer = client.post("/api/models/molecules/explain", json={"string": "CC(=O)[O-]"})
    told = WhyOut.model_validate(answer.json())
    assert [part.part for part in told.parts] == ["C1", "C2", "O3", "O4"]
    assert told.hidden is not None

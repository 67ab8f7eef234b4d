"""What travels over the REST API, field by field; the OpenAPI page is made from this."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Coverage = Annotated[float, Field(ge=0.5, le=0.99, description="Share of truths between low and high.")]


class TargetOut(BaseModel):
    """One thing a model answers."""

    name: str
    unit: str = Field(description="Empty where it has none, or none is known.")


class ErrorOfModel(BaseModel):
    """How far off a model was on rows its weights were not trained on."""

    metric: Literal["MAE", "wrong"] = Field(description="Mean absolute error, or share of wrong classes.")
    value: float
    n: int = Field(description="Rows it was measured on.")


class ModelOut(BaseModel):
    """A model that is served."""

    name: str = Field(description="Stands in addresses.")
    title: str = Field(description="Name of its folder, or what a visitor called it.")
    notation: str = Field(description="composition, smiles or selfies.")
    kind: Literal["regression", "classes", "labels"]
    targets: list[TargetOut]
    classes: list[str]
    extra: list[str] = Field(description="Extra columns it wants beside each string.")
    n_training_rows: int | None
    error: ErrorOfModel | None
    examples: list[str] = Field(description="Strings to try.")
    known_rows: int = Field(description="Rows among which the nearest are looked for.")
    map: bool = Field(description="Whether strings can be placed on a map.")
    trained_here: bool


class LimitsOut(BaseModel):
    """What the server refuses."""

    upload_mb: float
    rows: int
    characters: int
    seconds: float
    requests: int
    training_rows: int
    training_minutes: float
    trained: int


class StatusOut(BaseModel):
    """The server."""

    version: str
    limits: LimitsOut
    training: bool = Field(description="Whether models can be trained on the page.")
    contributions: bool = Field(description="Whether captum is installed, which contributions need.")
    running: int = Field(description="Requests worked on at this moment.")
    model_calls: int = Field(
        description="Calls into models so far; fewer than requests when some were joined."
    )


class AskIn(BaseModel):
    """Strings to predict."""

    model_config = ConfigDict(extra="forbid")
    strings: list[str] = Field(min_length=1, description="Formulas, SMILES or SELFIES, as the model reads.")
    coverage: Coverage = 0.9
    extra: dict[str, float | None] = Field(
        default_factory=dict, description="Value of each extra column, for all strings; left out: unknown."
    )


class WhyIn(BaseModel):
    """A string to explain."""

    model_config = ConfigDict(extra="forbid")
    string: str
    target: int = Field(0, ge=0, le=1000, description="Which target, counted from 0.")


class MapIn(BaseModel):
    """Strings to place on the map."""

    model_config = ConfigDict(extra="forbid")
    strings: list[str] = Field(min_length=1)


class AnswerOut(BaseModel):
    """What a model says of one target."""

    target: str
    value: float | None = Field(None, description="The number, in the unit of the target.")
    std: float | None = Field(None, description="Root mean square error to be expected.")
    low: float | None = None
    high: float | None = None
    label: str | None = Field(None, description="The class.")
    probabilities: dict[str, float | None] | None = Field(None, description="Class -> probability.")


class RowOut(BaseModel):
    """One string and what is said of it."""

    row: int = Field(description="Counted from 1.")
    given: str
    string: str | None = Field(description="The spelling that was predicted; null where it cannot be read.")
    problem: str | None
    suggestion: str | None
    notes: list[str]
    answers: list[AnswerOut]
    in_domain: bool | None = Field(
        description="Whether it is like the training rows; error bars promise nothing where it is not."
    )


class PredictionsOut(BaseModel):
    """Answers to many strings."""

    model: str
    coverage: float
    rows: list[RowOut]
    n_problems: int = Field(description="Rows that cannot be read.")
    n_unlike: int = Field(description="Rows unlike the training rows.")
    notes: list[str] = Field(description="Sentences on how a table was read.")


class PartOut(BaseModel):
    """One element or token."""

    part: str
    contribution: float


class NearOut(BaseModel):
    """A known material."""

    string: str
    label: str | float | None
    distance: float


class WhatIfOut(BaseModel):
    """The same material with one part left out or replaced."""

    change: str
    string: str
    before: float | None
    after: float | None
    difference: float | None
    in_domain: bool | None


class WhyOut(BaseModel):
    """Why a model says what it says of a string."""

    string: str
    what: str = Field(description="What contributions add up to.")
    unit: str
    hidden: float | None = Field(description="The answer with every part hidden: where contributions start.")
    parts: list[PartOut]
    nearest: list[NearOut]
    what_ifs: list[WhatIfOut]
    notes: list[str]


class PointOut(BaseModel):
    """A material on the map."""

    x: float
    y: float
    string: str | None
    label: str | float | None = None
    in_domain: bool | None = None


class MapOut(BaseModel):
    """Training rows, known and asked materials, on the two directions in which training rows differ most."""

    share: float = Field(description="Share of the differences that the two directions hold.")
    trained: list[PointOut] = Field(description="Rows the model learned from, without names.")
    known: list[PointOut]
    asked: list[PointOut]


class ColumnOut(BaseModel):
    """One column of an uploaded table."""

    name: str
    kind: Literal["strings", "regression", "binary", "multiclass", "text"]
    examples: list[str]


class TableOut(BaseModel):
    """What an uploaded table holds."""

    rows: int
    columns: list[ColumnOut]
    strings: str = Field(description="The column of formulas that was found.")
    notation: str
    notes: list[str]


class JobOut(BaseModel):
    """A training."""

    id: str
    title: str
    state: Literal["running", "done", "failed", "cancelled"]
    done: int = Field(description="Steps done.")
    total: int = Field(description="Steps in all; 0 while unknown.")
    note: str
    seconds: float
    message: str = Field(description="Why it failed, or what was learned.")
    model: str | None = Field(description="Name of the model, once there is one.")

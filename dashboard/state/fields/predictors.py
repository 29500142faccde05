"""What transfer is held against: similarity of models, or a predictor that was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import click

from core.cli import options as command_line
from core.evaluations import Checkpoint
from core.similarity.item_maps import coordinates_of
from core.similarity.matrix import (
    compared_sizes,
    default_layer,
    similarity_checkpoints,
    similarity_layers,
    similarity_seeds,
)
from core.similarity.measures import Measure
from core.similarity.query import SimilarityQuery
from core.study import Layer, Study
from dashboard.state.fields.field import (
    NO_COMPARISON,
    Choice,
    Field,
    FieldReader,
    Flag,
    Kind,
    Look,
    Offer,
    one_of,
    say_nothing,
    step_choices,
    step_of,
)
from dashboard.state.fields.keys import Key
from dashboard.text import numbers

DEBIASED = "debiased"


class Plane(StrEnum):
    """What items are drawn on: their coordinates, read by a probe, or principal components."""

    COORDINATES = "coordinates"
    COMPONENTS = "components"


_MEASURES = {"cka": "CKA", DEBIASED: "CKA, debiased", "procrustes": "Procrustes"}


def measures_of(study: Study) -> tuple[str, ...]:
    """The measures a study can show: tables hold plain CKA, representations give all."""
    if not similarity_layers(study):
        return ()
    if study.representations is None:
        return (Measure.CKA.value,)
    return (Measure.CKA.value, DEBIASED, Measure.PROCRUSTES.value)


def _layer(asked: FieldReader) -> Layer | None:
    layers = {str(layer): layer for layer in similarity_layers(asked.study)}
    if not layers:
        return None
    text, default = asked.one(Key.LAYER), default_layer(asked.study)
    if text is not None and text not in layers:
        asked.fell_back("layer", text, str(default))
    return layers.get(text or "", default)


def _cka_steps(study: Study, layer: Layer | None) -> Sequence[int]:
    return () if layer is None else similarity_checkpoints(study, SimilarityQuery(layer))


def _cka_choices(offer: Offer) -> Sequence[Choice]:
    """With how many seeds are behind each, where other seeds are behind one than another."""
    study, layer = offer.study, offer.view.layer
    steps = _cka_steps(study, layer)
    if layer is None or not steps:
        return step_choices(steps)
    chosen = offer.view.seeds
    seeds = {
        # Where none of the chosen seeds has any, the models are of all.
        step: (there if chosen is None else set(there) & set(chosen) or there)
        for step, there in similarity_seeds(study, SimilarityQuery(layer))
    }
    if len({tuple(sorted(there)) for there in seeds.values()}) < 2:
        return step_choices(steps)
    counted = {step: numbers.counted(len(there), "seed") for step, there in seeds.items()}
    return step_choices(steps, counted)


def _cka_checkpoint(asked: FieldReader) -> Checkpoint:
    steps = _cka_steps(asked.study, asked.found["layer"])
    return step_of(asked, Key.CKA_AT, steps, "checkpoint with CKA")


def _measure(asked: FieldReader) -> Measure:
    text = asked.one(Key.MEASURE)
    # Plain CKA is also what stands in the address of a study without any.
    if text is None or text in (*measures_of(asked.study), Measure.CKA.value):
        return Measure.CKA if text in (None, DEBIASED) else Measure(text)
    asked.fell_back("measure of similarity", text, "plain CKA")
    return Measure.CKA


def _debiased(asked: FieldReader) -> bool:
    return asked.one(Key.MEASURE) == DEBIASED and DEBIASED in measures_of(asked.study)


def _predictor(asked: FieldReader) -> str | None:
    study, text = asked.study, asked.one(Key.PREDICTOR)
    names = [predictor.name for predictor in study.predictors]
    if text in names:
        return text
    # Where there is no similarity, what is given is all that could be shown.
    default = names[0] if names and not similarity_layers(study) else None
    if text is not None:
        shown = study.predictor(default).label if default else "similarity of models"
        asked.fell_back("predictor", text, shown)
    return default


def _predictor_layer(asked: FieldReader) -> Layer | None:
    name, text = asked.found["predictor"], asked.one(Key.PREDICTOR_LAYER)
    layers = asked.study.predictor(name).layers if name else ()
    by_text = {str(layer): layer for layer in layers}
    if text is not None and name and text not in by_text:
        asked.fell_back("layer of the predictor", text, str(layers[-1]) if layers else "its values")
    return by_text.get(text or "", layers[-1] if layers else None)


def _predictors(offer: Offer) -> Sequence[Choice]:
    given = [
        Choice(predictor.name, predictor.label, "a distance" * (not predictor.higher_is_better))
        for predictor in offer.study.predictors
    ]
    if not similarity_layers(offer.study):
        return given
    return [Choice(NO_COMPARISON, "similarity of models"), *given]


def _predictor_layers(offer: Offer) -> Sequence[Layer]:
    name = offer.view.predictor
    return offer.study.predictor(name).layers if name else ()


def _shows_predictor(offer: Offer) -> bool:
    """Whether a given predictor stands in the place of similarity here."""
    return bool(offer.view.predictor) and PredictorFields.predictor.id in offer.groups


def _say_predictor(offer: Offer) -> str:
    view = offer.view
    if not _shows_predictor(offer) or view.predictor is None:
        return ""
    at = "" if view.predictor_layer is None else f", layer {view.predictor_layer}"
    return offer.study.predictor(view.predictor).label + at


def _trained(asked: FieldReader) -> int:
    sizes = compared_sizes(asked.study)
    text, default = asked.one(Key.SIZE), sizes[0] if sizes else 1
    if text is None or text in map(str, sizes):
        return default if text is None else int(text)
    if text != str(default):
        asked.fell_back("CKA of models by number of tasks trained on", text, str(default))
    return default


def _layer_choices(offer: Offer) -> Sequence[Choice]:
    return [Choice(str(layer), f"layer {layer}") for layer in similarity_layers(offer.study)]


def _measure_choices(offer: Offer) -> Sequence[Choice]:
    return [Choice(name, _MEASURES[name]) for name in measures_of(offer.study)]


def _size_choices(offer: Offer) -> Sequence[Choice]:
    return [
        Choice(str(size), numbers.counted(size, "task")) for size in compared_sizes(offer.study)
    ]


def _say_layer(offer: Offer) -> str:
    layer = None if _shows_predictor(offer) else offer.view.layer
    shown = layer is not None and layer != default_layer(offer.study)
    return f"layer {layer}" if shown else ""


def _say_trained(offer: Offer) -> str:
    sizes, trained = compared_sizes(offer.study), offer.view.trained
    if not sizes or trained == sizes[0]:
        return ""
    return f"models of {numbers.counted(trained, 'task')}"


def _say_measure(offer: Offer) -> str:
    plain = offer.view.measure is Measure.CKA and not offer.view.debiased
    plain = plain or _shows_predictor(offer)
    written = PredictorFields.measure.written(offer.view)[0]
    return "" if plain else _MEASURES[written]


def _given_measure(_: Sequence[Flag], given: Mapping[str, Any]) -> list[str]:
    if not given["debiased"]:
        return [given["measure"]]
    if given["measure"] != Measure.CKA:
        raise click.UsageError("--debiased and --measure procrustes: only CKA has a debiased form")
    return [DEBIASED]


class PredictorFields:
    """What transfer is held against."""

    layer: Field[Layer | None] = Field(
        key=Key.LAYER,
        parse=_layer,
        # None where there is no CKA.
        default=None,
        label="Layer",
        help="cka",
        about="CKA and layer",
        options=_layer_choices,
        hidden=lambda offer: len(similarity_layers(offer.study)) < 2 or _shows_predictor(offer),
        shown=_say_layer,
        flags=(Flag("layer", command_line.LAYER),),
    )
    cka_checkpoint: Field[Checkpoint] = Field(
        key=Key.CKA_AT,
        id="cka-checkpoint",
        parse=_cka_checkpoint,
        default="last",
        label="Checkpoint of the CKA",
        help="cka",
        about="CKA and its checkpoint",
        options=_cka_choices,
        hidden=lambda offer: (
            not _cka_steps(offer.study, offer.view.layer) or _shows_predictor(offer)
        ),
        flags=(Flag("cka_checkpoint", command_line.CKA_CHECKPOINT),),
    )
    measure: Field[Measure] = Field(
        key=Key.MEASURE,
        parse=_measure,
        write=lambda view: [DEBIASED if view.debiased else view.measure.value],
        default=Measure.CKA,
        label="Similarity",
        help="measure",
        about="the measures",
        options=_measure_choices,
        hidden=lambda offer: len(measures_of(offer.study)) < 2 or _shows_predictor(offer),
        shown=_say_measure,
        flags=(Flag("measure", command_line.MEASURE), Flag("debiased", command_line.DEBIASED)),
        given=_given_measure,
    )
    debiased: Field[bool] = Field(key="", parse=_debiased, default=False)
    predictor: Field[str | None] = Field(
        # None = similarity of models, by the measure chosen.
        key=Key.PREDICTOR,
        parse=_predictor,
        default=None,
        kind=Kind.OPTIONAL,
        label="What predicts",
        help="predictor",
        about="predictors",
        options=_predictors,
        hidden=lambda offer: not offer.study.predictors,
        shown=_say_predictor,
        flags=(Flag("predictor", command_line.PREDICTOR),),
    )
    predictor_layer: Field[Layer | None] = Field(
        key=Key.PREDICTOR_LAYER,
        id="predictor-layer",
        parse=_predictor_layer,
        default=None,
        label="Layer of the predictor",
        help="predictor",
        about="predictors",
        options=lambda offer: [Choice(str(n), f"layer {n}") for n in _predictor_layers(offer)],
        hidden=lambda offer: len(_predictor_layers(offer)) < 2,
        shown=say_nothing,
    )
    trained: Field[int] = Field(
        # How many tasks the models that are compared were trained on.
        key=Key.SIZE,
        id="trained",
        parse=_trained,
        default=1,
        label="Models trained on",
        help="cka",
        about="CKA of models trained on several tasks",
        options=_size_choices,
        hidden=lambda offer: len(compared_sizes(offer.study)) < 2,
        shown=_say_trained,
    )
    plane: Field[Plane] = Field(
        key=Key.PLANE,
        parse=one_of(Key.PLANE, Plane, Plane.COORDINATES, "plane for items", "that of coordinates"),
        default=Plane.COORDINATES,
        look=Look.RADIO,
        label="Items on",
        help="maps",
        about="maps of the items",
        fixed=lambda: (
            Choice(Plane.COORDINATES.value, "Their coordinates", "read by a probe"),
            Choice(Plane.COMPONENTS.value, "Principal components"),
        ),
        hidden=lambda offer: coordinates_of(offer.study) is None,
        shown=say_nothing,
    )

"""Which runs are shown: their method, seeds, scale and checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from core.analyses.query import single_source_method
from core.cli import options as command_line
from core.errors import listed
from core.evaluations import Checkpoint
from core.remembered import remembered
from core.similarity.matrix import has_similarity
from core.study import Study
from core.transfer.last_steps import last_steps
from core.transfer.normalization import Scale
from dashboard.state.fields.keys import Key
from dashboard.text import captions, numbers
from dashboard.text.names import ONE_RUN

if TYPE_CHECKING:
    from dashboard.state.view import View
from dashboard.state.fields.field import (
    ALL,
    Choice,
    Field,
    FieldReader,
    Flag,
    Kind,
    Look,
    Offer,
    Reach,
    first_of,
    one_of,
    quote,
    step_choices,
    step_of,
)


@remembered
def method_steps(study: Study, method: str) -> tuple[int, ...]:
    """The checkpoints any run of a method was evaluated at, ascending."""
    return study.evaluations.steps(study.run_index[run.name] for run in study.runs_of(method))


def has_checkpoints(study: Study, method: str) -> bool:
    """Whether there is one to choose, beside the last."""
    return len(method_steps(study, method)) > 1


def first_method(study: Study) -> str:
    """The method shown to somebody who asks for none: one that every tab can draw.

    Of those with runs of one task alone, the first with most seeds; else the first there is. Empty
    where nothing was fine-tuned.
    """
    single = study.single_source_methods
    if not single:
        return next((method.name for method in study.tested_methods), "")
    return max(single, key=lambda method: len(study.seeds_of(method.name))).name


def pairs_method(study: Study, name: str) -> str:
    """The method X→Y values are taken from: the one named, or the one that predicts it.

    Raises RequestError where neither has a run trained on one task alone.
    """
    chosen = study.method(name)
    single = {method.name for method in study.single_source_methods}
    if chosen.name not in single and chosen.predicted_from in single:
        return str(chosen.predicted_from)
    return single_source_method(study, chosen.name)


def _method(asked: FieldReader) -> str:
    text = asked.one(Key.METHOD)
    if text in [method.name for method in asked.study.tested_methods]:
        return str(text)
    default = first_method(asked.study)
    if text is not None and default:
        asked.fell_back("method", text, default)
    return default


def _seeds(asked: FieldReader) -> tuple[int, ...] | None:
    # Also given one by one: seeds=42&seeds=43.
    text = ",".join(asked.query.get(Key.SEEDS, ())) or None
    if text is None and "seeds" in asked.query:
        asked.notices.append("No seed is named: all seeds are shown.")
    if text is None or text == ALL:
        return None
    if text == "none":
        return ()
    method = asked.found["method"]
    available = {str(seed): seed for seed in asked.study.seeds_of(method)}
    texts = list(dict.fromkeys(one for one in text.split(",") if one))
    unknown = [one for one in texts if one not in available]
    known = tuple(sorted(available[one] for one in texts if one in available))
    if unknown:
        shown = "all seeds" if not known else f"seeds {listed(known)}"
        asked.notices.append(f"{method} has no seed {quote(','.join(unknown))}: {shown} are shown.")
    return None if not known or len(known) == len(available) else known


def _checkpoint(asked: FieldReader) -> Checkpoint:
    steps = method_steps(asked.study, asked.found["method"])
    return step_of(asked, Key.AT, steps, "checkpoint")


def _write_seeds(view: View) -> list[str]:
    return [ALL if view.seeds is None else ",".join(map(str, view.seeds)) or "none"]


def _methods(offer: Offer) -> Sequence[Choice]:
    study = offer.study
    single = study.single_source_methods if offer.single_sources else ()
    return [
        Choice(method.name, method.label, about=method.description)
        for method in single or study.tested_methods
    ]


def _seed_choices(offer: Offer) -> Sequence[Choice]:
    return [Choice(seed, str(seed)) for seed in offer.study.seeds_of(offer.view.method)]


def _say_method(offer: Offer) -> str:
    # A page without the choice of a method shows all of them.
    if MethodFields.method.id not in offer.groups:
        return "all methods"
    if not offer.view.method:
        return "similarity alone" if has_similarity(offer.study) else "no transfer yet"
    return offer.study.method(offer.view.method).label


def _say_seeds(offer: Offer) -> str:
    view = offer.view
    if not view.method:
        return ""
    if MethodFields.method.id in offer.ignored and view.seeds is None:
        # Of all there are, not of those a method has.
        return "all seeds"
    seeds = offer.study.seeds_of(view.method) if view.seeds is None else view.seeds
    return numbers.counted(len(seeds), "seed") if offer.study.names_seeds else ONE_RUN


def _say_scale(offer: Offer) -> str:
    if not offer.study.tested_methods:
        return ""
    arrows = Key.THRESHOLD in offer.groups
    say = captions.arrow_scale_text if arrows else captions.scale_text
    said = say(offer.study, offer.view.scale)
    if offer.assumed and offer.study.is_raw:
        from core.io.reading import ASSUMED  # loaded by then, and a start needs nothing of it

        said += ASSUMED
    return said


def _steps_offered(offer: Offer) -> Sequence[Choice]:
    """Every step; where runs end at different ones, which of them all have."""
    study, method = offer.study, offer.view.method
    ends = last_steps(study, [method])
    steps = method_steps(study, method)
    if ends is None:
        return step_choices(steps)
    notes: dict[Checkpoint, str] = {}
    if ends.shared is not None:
        notes[ends.shared] = "all runs have it"
    return step_choices(steps, notes, last=f"{ends.first:,} to {ends.last:,}")


def _say_step(offer: Offer) -> str:
    at = offer.view.checkpoint
    return "" if at == "last" else f"step {at:,}"


def _given_seeds(flags: Sequence[Flag], given: Mapping[str, Any]) -> list[str]:
    seeds = ",".join(first_of(flags, given))
    return [seeds] if seeds else []


class MethodFields:
    """Which runs are shown."""

    method: Field[str] = Field(
        key=Key.METHOD,
        parse=_method,
        default="",
        label="Method",
        help="exposure",
        about="FT and FTWB",
        options=_methods,
        tells=True,
        hidden=lambda offer: not offer.study.tested_methods,
        shown=_say_method,
        reach=Reach.EVERYTHING,
    )
    seeds: Field[tuple[int, ...] | None] = Field(
        key=Key.SEEDS,
        parse=_seeds,
        write=_write_seeds,
        # None = all the method has, empty = none chosen.
        default=None,
        kind=Kind.CHOSEN,
        look=Look.TICKS,
        label="Seeds",
        help="seeds",
        options=_seed_choices,
        hidden=lambda offer: len(offer.study.seeds_of(offer.view.method)) < 2,
        shown=_say_seeds,
        reach=Reach.EVERYTHING,
        flags=(Flag("seeds", command_line.SEEDS),),
        given=_given_seeds,
    )
    scale: Field[Scale] = Field(
        key=Key.SCALE,
        parse=one_of(Key.SCALE, Scale, Scale.PUBLISHED, "scale", Scale.PUBLISHED),
        default=Scale.PUBLISHED,
        look=Look.RADIO,
        label="Scale",
        help="scale",
        fixed=lambda: (
            Choice(Scale.PUBLISHED.value, "Published", "cut to 0 … 1.5"),
            Choice(Scale.STRICT.value, "Strict", "negative values shown"),
        ),
        hidden=lambda offer: offer.study.has_given_scores or not offer.study.tested_methods,
        shown=_say_scale,
        reach=Reach.EVERYTHING,
        flags=(Flag("scale", command_line.SCALE),),
    )
    checkpoint: Field[Checkpoint] = Field(
        key=Key.AT,
        id="checkpoint",
        parse=_checkpoint,
        default="last",
        label="Checkpoint",
        help="checkpoint",
        options=_steps_offered,
        hidden=lambda offer: not has_checkpoints(offer.study, offer.view.method),
        shown=_say_step,
        reach=Reach.EVERYTHING,
        flags=(Flag("checkpoint", command_line.CHECKPOINT),),
    )

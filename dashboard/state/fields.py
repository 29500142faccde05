"""What the address holds: one object per key, which everything else is made from.

The body of `ViewFields` is the list. The View has an attribute for each, `parse_view` and
`query_of` read and write them in this order, the rail shows their controls, the line "Shown" says
them, figures depend on their keys, and the export commands take their flags. A control is added by
one `Field` here, and by what it means: a query or a function of the core.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import click

from core.analyses.comparison import default_opponent
from core.analyses.pairs.filtering import Filter, SortKey
from core.analyses.pairs.table import column_kinds
from core.analyses.query import single_source_method
from core.cli import options as command_line
from core.errors import listed, one_line
from core.numerics.clustering import Order
from core.similarity.matrix import (
    compared_sizes,
    default_layer,
    similarity_checkpoints,
    similarity_layers,
)
from core.similarity.measures import Measure
from core.similarity.query import SimilarityQuery
from core.study import Checkpoint, Layer, Study
from core.transfer.matrix import MatrixKind, matrix_kinds
from core.transfer.normalization import Scale
from core.transfer.predictions import PREDICTIONS, USUAL
from dashboard.figures.parts.theme import Style
from dashboard.state.grid_filters import filter_text, parse_filter, parse_sorting, sorting_text
from dashboard.text import captions, numbers

if TYPE_CHECKING:
    from dashboard.state.view import View

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
Term = TypeVar("Term", Filter, SortKey)

Query = Mapping[str, Sequence[str]]
"""Key -> values, as `urllib.parse.parse_qs` gives them."""

ALL = "all"
AUTO = "auto"
LAST = "last"
DEBIASED = "debiased"
NO_COMPARISON = "–"
"""What an `optional` control stands at where nothing is chosen."""
_LONGEST_QUOTE = 40
_MEASURES = {"cka": "CKA", DEBIASED: "CKA, debiased", "procrustes": "Procrustes"}


class Kind(StrEnum):
    """How a control's value and the address go together: the rules of assets/js/state/url-query.js.

    One value as it is, one that may be none, a list, all or some of what is chosen from, what is
    unticked, or a number that may be left to the page.
    """

    ONE = "one"
    OPTIONAL = "optional"
    LIST = "list"
    CHOSEN = "chosen"
    UNTICKED = "unticked"
    AUTO = "auto"


class Look(StrEnum):
    """How a control looks in the rail; a store has no looks, something on a page sets it."""

    SELECT = "select"
    RADIO = "radio"
    CHECKLIST = "checklist"
    CHOOSER = "chooser"
    SLIDER = "slider"
    STORE = "store"


class Reach(StrEnum):
    """What depends on a field: all there is, all figures (not the panel), or pages that name it."""

    EVERYTHING = "everything"
    FIGURES = "figures"
    NAMED = "named"


@dataclass(frozen=True)
class Choice:
    """What can be chosen: how it is written in the address, and in words.

    hint: small, beside the label. reason: why it is not chosen by itself. about: a sentence on
    what it is.
    """

    value: str | int
    label: str
    hint: str = ""
    reason: str = ""
    about: str = ""


@dataclass(frozen=True)
class Flag:
    """An option of the export commands. name: of its parameter in click."""

    name: str
    option: Callable[[Callable[..., Any]], Callable[..., Any]]


@dataclass(frozen=True)
class Offer:
    """What the choices of a control depend on.

    groups: those of the page. leaves_out: it leaves out the tasks the manifest excludes.
    single_sources: it can draw methods with runs of one task alone and no others.
    """

    study: Study
    view: View
    groups: Sequence[str]
    leaves_out: bool = True
    single_sources: bool = False

    @property
    def kept_out(self) -> set[str]:
        """The tasks that are listed apart here, to be brought back."""
        return {task.name for task in self.study.excluded} if self.leaves_out else set()


@dataclass
class Asked:
    """One query while it is read: the fields before this one, and what had to fall back."""

    query: Query
    study: Study
    found: dict[str, Any] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    def one(self, key: str) -> str | None:
        """The first value of a key; None where there is none."""
        values = self.query.get(key, ())
        return values[0] if values and values[0] else None

    def many(self, key: str) -> list[str]:
        """All values of a key but empty ones."""
        return [value for value in self.query.get(key, ()) if value]

    def fell_back(self, what: str, asked: str, shown: str) -> None:
        """Say that something is not in the study, and what is shown instead."""
        self.notices.append(f"No {what} {quote(asked)} in this study: {shown} is shown.")


def quote(text: str) -> str:
    """What stood in the address, on one line and cut where it is long."""
    cut = text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "…"
    return f"“{one_line(cut)}”"


def _nothing(_: Offer) -> Sequence[Choice]:
    return ()


def _never(_: Offer) -> bool:
    return False


def _first_of(flags: Sequence[Flag], given: Mapping[str, Any]) -> list[str]:
    """The values of the first flag, as text."""
    value = given.get(flags[0].name)
    if isinstance(value, tuple):
        return [str(one) for one in value]
    return [] if value in (None, "") else [str(value)]


@dataclass(frozen=True, kw_only=True)
class Field(Generic[T]):
    """One key of the address, and the control for it.

    key: in the address; empty where another field's key says this, too. id: of the control in the
    page. parse: the value out of what is asked for, with a notice for what is not in the study.
    write: the values of a view in the address, all texts; one empty text stands for none.
    default: of a view that is made without it. kind, look, label, help, about: of the control;
    help is an entry of the glossary, about what its button is named after. options: what can be
    chosen; fixed: the same choices for every study. hidden: there is no choice to make.
    within: the field whose group in the rail the control stands in, where it has none of its own.
    shown: what the line "Shown" says where the page has the group, empty for nothing.
    reach: what depends on it. arranges: other controls depend on it. flags: of the export
    commands, and given: what their values are in the address.
    """

    key: str
    id: str
    parse: Callable[[Asked], T]
    write: Callable[[View], list[str]]
    default: T
    kind: Kind = Kind.ONE
    look: Look = Look.SELECT
    label: str = ""
    help: str = ""
    about: str = ""
    options: Callable[[Offer], Sequence[Choice]] = _nothing
    fixed: Callable[[], Sequence[Choice]] = tuple
    hidden: Callable[[Offer], bool] = _never
    within: str = ""
    shown: Callable[[Offer], str] | None = None
    reach: Reach = Reach.NAMED
    arranges: bool = True
    flags: tuple[Flag, ...] = ()
    given: Callable[[Sequence[Flag], Mapping[str, Any]], list[str]] = _first_of
    name: str = field(default="", init=False)

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn the attribute of the view this is."""
        object.__setattr__(self, "name", name)

    @overload
    def __get__(self, view: None, owner: type) -> Field[T]: ...

    @overload
    def __get__(self, view: object, owner: type) -> T: ...

    def __get__(self, view: Any, owner: type) -> Field[T] | T:
        """The value a view has of this; the field itself of the class."""
        if view is None:
            return self
        value: T = view.values[self.name]
        return value

    @property
    def prop(self) -> str:
        """The property of the component that holds the value."""
        return "data" if self.look is Look.STORE else "value"

    @property
    def offers(self) -> bool:
        """Whether what can be chosen depends on the study."""
        return self.options is not _nothing

    @property
    def grouped(self) -> bool:
        """Whether it has a group of its own in the rail."""
        return bool(self.key) and self.look is not Look.STORE and not self.within

    def standing(self, view: View, choices: Sequence[Choice]) -> Any:
        """What the control stands at; `auto` is the page's to say."""
        written = self.write(view)
        if self.kind is Kind.LIST:
            return [text for text in written if text]
        if self.kind is Kind.CHOSEN:
            chosen = getattr(view, self.name)
            return [choice.value for choice in choices] if chosen is None else list(chosen)
        if self.kind is Kind.UNTICKED:
            return [choice.value for choice in choices if choice.value not in written]
        if self.kind is Kind.OPTIONAL:
            return written[0] or NO_COMPARISON
        return written[0]

    def said(self, offer: Offer) -> str:
        """Its part of the line "Shown": as the field has it, else what is not the default."""
        if self.shown is not None:
            return self.shown(offer)
        value = getattr(offer.view, self.name)
        if not self.grouped or value == self.default or self.hidden(offer):
            return ""
        written = self.write(offer.view)
        labels = {str(choice.value): choice.label for choice in self.fixed() or self.options(offer)}
        words = ", ".join(labels.get(text, text) for text in written)
        return f"{self.label[:1].lower()}{self.label[1:]}: {words}"


# What studies have ------------------------------------------------------------------------------


def method_steps(study: Study, method: str) -> tuple[int, ...]:
    """The checkpoints any run of a method was evaluated at, ascending."""
    return study.evaluations.steps(study.run_index[run.name] for run in study.runs_of(method))


def measures_of(study: Study) -> tuple[str, ...]:
    """The measures a study can show: tables hold plain CKA, representations give all."""
    if not similarity_layers(study):
        return ()
    if study.representations is None:
        return (Measure.CKA.value,)
    return (Measure.CKA.value, DEBIASED, Measure.PROCRUSTES.value)


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


# How each is read -------------------------------------------------------------------------------


def _one_of(key: str, kind: type[E], default: E, what: str, shown: str) -> Callable[[Asked], E]:
    """Reads one value of an enum."""

    def parse(asked: Asked) -> E:
        text = asked.one(key)
        if text is None or text in set(kind):
            return kind(text) if text else default
        asked.fell_back(what, text, shown)
        return default

    return parse


_ORDERS = (
    Choice(Order.MANIFEST.value, "As in the study"),
    Choice(Order.NET.value, "By net", "givers first"),
    Choice(Order.CLUSTER.value, "By clustering", "alike side by side"),
)
_ORDERS_OF_GROUPS = (
    Choice(Order.GROUP.value, "By group", "of tasks"),
    Choice(Order.GROUPS.value, "Groups alone", "means of blocks"),
)


def _order_choices(offer: Offer) -> Sequence[Choice]:
    """Those by group only where tasks have one."""
    # Without transfer there is no net to order by.
    orders = [
        choice
        for choice in _ORDERS
        if offer.study.tested_methods or choice.value != Order.NET.value
    ]
    return (*orders, *_ORDERS_OF_GROUPS) if offer.study.groups else orders


def _order(asked: Asked) -> Order:
    found = _one_of("order", Order, Order.MANIFEST, "order", "that of the manifest")(asked)
    if found in (Order.GROUP, Order.GROUPS) and not asked.study.groups:
        asked.fell_back("order", found.value, "that of the manifest")
        return Order.MANIFEST
    return found


def _method(asked: Asked) -> str:
    text = asked.one("method")
    if text in [method.name for method in asked.study.tested_methods]:
        return str(text)
    default = first_method(asked.study)
    if text is not None and default:
        asked.fell_back("method", text, default)
    return default


def _seeds(asked: Asked) -> tuple[int, ...] | None:
    # Also given one by one: seeds=42&seeds=43.
    text = ",".join(asked.query.get("seeds", ())) or None
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


def _step(asked: Asked, key: str, there: Sequence[int], what: str) -> Checkpoint:
    text = asked.one(key)
    if text is None or text == LAST:
        return "last"
    steps = {str(step): step for step in there}
    if text not in steps:
        asked.fell_back(what, text, "the last one")
    return steps.get(text, "last")


def _checkpoint(asked: Asked) -> Checkpoint:
    steps = method_steps(asked.study, asked.found["method"])
    return _step(asked, "at", steps, "checkpoint")


def _layer(asked: Asked) -> Layer | None:
    layers = {str(layer): layer for layer in similarity_layers(asked.study)}
    if not layers:
        return None
    text, default = asked.one("layer"), default_layer(asked.study)
    if text is not None and text not in layers:
        asked.fell_back("layer", text, str(default))
    return layers.get(text or "", default)


def _cka_steps(study: Study, layer: Layer | None) -> Sequence[int]:
    return () if layer is None else similarity_checkpoints(study, SimilarityQuery(layer))


def _cka_checkpoint(asked: Asked) -> Checkpoint:
    steps = _cka_steps(asked.study, asked.found["layer"])
    return _step(asked, "cka_at", steps, "checkpoint with CKA")


def _measure(asked: Asked) -> Measure:
    text = asked.one("measure")
    # Plain CKA is also what stands in the address of a study without any.
    if text is None or text in (*measures_of(asked.study), Measure.CKA.value):
        return Measure.CKA if text in (None, DEBIASED) else Measure(text)
    asked.fell_back("measure of similarity", text, "plain CKA")
    return Measure.CKA


def _debiased(asked: Asked) -> bool:
    return asked.one("measure") == DEBIASED and DEBIASED in measures_of(asked.study)


def _predictor(asked: Asked) -> str | None:
    study, text = asked.study, asked.one("predictor")
    names = [predictor.name for predictor in study.predictors]
    if text in names:
        return text
    # Where there is no similarity, what is given is all that could be shown.
    default = names[0] if names and not similarity_layers(study) else None
    if text is not None:
        shown = study.predictor(default).label if default else "similarity of models"
        asked.fell_back("predictor", text, shown)
    return default


def _predictor_layer(asked: Asked) -> Layer | None:
    name, text = asked.found["predictor"], asked.one("predictor_layer")
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
    return bool(offer.view.predictor) and ViewFields.predictor.id in offer.groups


def _say_predictor(offer: Offer) -> str:
    view = offer.view
    if not _shows_predictor(offer) or view.predictor is None:
        return ""
    at = "" if view.predictor_layer is None else f", layer {view.predictor_layer}"
    return offer.study.predictor(view.predictor).label + at


def _trained(asked: Asked) -> int:
    sizes = compared_sizes(asked.study)
    text, default = asked.one("size"), sizes[0] if sizes else 1
    if text is None or text in map(str, sizes):
        return default if text is None else int(text)
    if text != str(default):
        asked.fell_back("CKA of models by number of tasks trained on", text, str(default))
    return default


def _tasks(key: str, what: str, *, excluded: bool = False) -> Callable[[Asked], tuple[str, ...]]:
    """Reads names of tasks; excluded: of those the manifest leaves out. In manifest order."""

    def parse(asked: Asked) -> tuple[str, ...]:
        study = asked.study
        known = {task.name for task in (study.excluded if excluded else study.tasks)}
        wanted = set(asked.many(key))
        if unknown := wanted - known:
            which = quote(", ".join(sorted(unknown)))
            asked.notices.append(f"No task {which} to {what} in this study.")
        return tuple(task.name for task in study.tasks if task.name in wanted & known)

    return parse


def _prediction(asked: Asked) -> str:
    text = asked.one("prediction")
    if text is None or text in PREDICTIONS:
        return text or USUAL
    asked.fell_back("prediction", text, USUAL)
    return USUAL


def _against(asked: Asked) -> str | None:
    text, method = asked.one("against"), asked.found["method"]
    others = [other.name for other in asked.study.tested_methods if other.name != method]
    if text is None or text in others:
        return text
    # The method itself is what is left when somebody swaps the two: not worth a notice.
    if text != method:
        asked.fell_back("method to compare", text, "no comparison")
    return None


def _split(asked: Asked) -> str | None:
    text = asked.one("split")
    if text is None or text in asked.study.task_index:
        return text
    asked.fell_back("task to split by", text, "one that suits")
    return None


def _threshold(asked: Asked) -> float | None:
    text = asked.one("threshold")
    if text is None or text == AUTO:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isfinite(value) and value >= 0:
        return value
    asked.fell_back("threshold", text, "one that suits the graph")
    return None


def _terms(
    asked: Asked, key: str, what: str, parse: Callable[[str, Mapping[str, bool]], Term | None]
) -> tuple[Term, ...]:
    """What can be read of a key, one of a column, the rest in one notice."""
    kinds = column_kinds(asked.study.seeds_of(asked.found["method"]))
    found: dict[str, Term] = {}
    fallen = []
    for text in asked.many(key):
        term = parse(text, kinds)
        if term is None or term.column in found:
            fallen.append(text)
        else:
            found[term.column] = term
    if fallen:
        asked.notices.append(f"Cannot {what} by {quote(', '.join(fallen))}: it is left out.")
    return tuple(found.values())


def _filters(asked: Asked) -> tuple[Filter, ...]:
    return _terms(asked, "filter", "filter the pairs", parse_filter)


def _sorting(asked: Asked) -> tuple[SortKey, ...]:
    return _terms(asked, "sort", "sort the pairs", parse_sorting)


def _selection(asked: Asked) -> tuple[str, ...]:
    """A task or training set, or that and a target."""
    wanted, study = tuple(asked.many("select")), asked.study
    if len(wanted) == 3:
        wanted = wanted[:2]
    if not wanted:
        return ()
    known, order = set(study.task_index), study.task_index.__getitem__
    sources = wanted[0].split("+")
    if len(wanted) <= 2 and set(sources) <= known and set(wanted[1:]) <= known:
        trained = tuple(sorted(set(sources), key=order))
        if len(trained) == 1 or any(run.trained == trained for run in study.runs):
            return ("+".join(trained), *wanted[1:])
        asked.notices.append(f"No run was trained on {quote(wanted[0])}: nothing is selected.")
        return ()
    asked.notices.append(f"No task or pair {quote(' → '.join(wanted))} to select.")
    return ()


def _number(asked: Asked) -> str:
    """The number of the selected pair, which stands behind it."""
    wanted = asked.many("select")
    if len(wanted) != 3 or not asked.found["selection"]:
        return MatrixKind.ACTUAL
    if wanted[2] in matrix_kinds():
        return wanted[2]
    asked.fell_back("number of a pair", wanted[2], "the actual one")
    return MatrixKind.ACTUAL


# How each is written, offered and said ----------------------------------------------------------


def _write_seeds(view: View) -> list[str]:
    return [ALL if view.seeds is None else ",".join(map(str, view.seeds)) or "none"]


def _write_selection(view: View) -> list[str]:
    """With the number, where it is not the actual one."""
    number = [] if view.number == MatrixKind.ACTUAL else [view.number]
    return [*view.selection, *number] or [""]


def _written_by_another(_: View) -> list[str]:
    return []


def _methods(offer: Offer) -> Sequence[Choice]:
    study = offer.study
    single = study.single_source_methods if offer.single_sources else ()
    return [Choice(method.name, method.label) for method in single or study.tested_methods]


def _seed_choices(offer: Offer) -> Sequence[Choice]:
    return [Choice(seed, str(seed)) for seed in offer.study.seeds_of(offer.view.method)]


def _step_choices(steps: Sequence[int]) -> Sequence[Choice]:
    """The last checkpoint, then all there are, latest first."""
    return [
        Choice(LAST, f"last ({steps[-1]:,})" if steps else "last"),
        *[Choice(str(step), f"{step:,}") for step in reversed(steps)],
    ]


def _layer_choices(offer: Offer) -> Sequence[Choice]:
    return [Choice(str(layer), f"layer {layer}") for layer in similarity_layers(offer.study)]


def _measure_choices(offer: Offer) -> Sequence[Choice]:
    return [Choice(name, _MEASURES[name]) for name in measures_of(offer.study)]


def _size_choices(offer: Offer) -> Sequence[Choice]:
    return [
        Choice(str(size), numbers.counted(size, "task")) for size in compared_sizes(offer.study)
    ]


def _task_choice(study: Study, name: str) -> Choice:
    task = study.task(name)
    return Choice(name, name, task.label)


def _task_choices(offer: Offer) -> Sequence[Choice]:
    study = offer.study
    return [_task_choice(study, t.name) for t in study.tasks if t.name not in offer.kept_out]


def _all_tasks(offer: Offer) -> Sequence[Choice]:
    return [Choice(task.name, f"{task.name} {task.label}") for task in offer.study.tasks]


def _include_choices(offer: Offer) -> Sequence[Choice]:
    return [
        Choice(
            task.name,
            task.name,
            task.label,
            reason=f"left out: {task.exclude}",
        )
        for task in offer.study.tasks
        if task.name in offer.kept_out
    ]


def _other_methods(offer: Offer) -> Sequence[Choice]:
    study, method = offer.study, offer.view.method
    others = [other for other in study.tested_methods if other.name != method]
    # On the page with a split there is always another method.
    compares = ViewFields.split.id in offer.groups
    default = default_opponent(study, method) if compares else None
    none = f"most in common: {study.method(default).label}" if default else "nothing"
    return [Choice(NO_COMPARISON, none), *[Choice(o.name, o.label) for o in others]]


def _split_choices(offer: Offer) -> Sequence[Choice]:
    return [Choice(NO_COMPARISON, "the task that differs most"), *_all_tasks(offer)]


def _say_method(offer: Offer) -> str:
    # A page without the choice of a method shows all of them.
    if ViewFields.method.id not in offer.groups:
        return "all methods"
    if not offer.view.method:
        return "similarity alone"
    return offer.study.method(offer.view.method).label


def _is_predicted(offer: Offer) -> bool:
    method = offer.view.method
    return bool(method) and offer.study.method(method).predicted_from is not None


def _say_seeds(offer: Offer) -> str:
    view = offer.view
    if not view.method:
        return ""
    seeds = offer.study.seeds_of(view.method) if view.seeds is None else view.seeds
    return numbers.counted(len(seeds), "seed")


def _say_scale(offer: Offer) -> str:
    if not offer.study.tested_methods:
        return ""
    return captions.scale_text(offer.study, offer.view.scale)


def _say_step(offer: Offer) -> str:
    at = offer.view.checkpoint
    return "" if at == "last" else f"step {at:,}"


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
    written = ViewFields.measure.write(offer.view)[0]
    return "" if plain else _MEASURES[written]


def _say_nothing(_: Offer) -> str:
    return ""


def _given_seeds(flags: Sequence[Flag], given: Mapping[str, Any]) -> list[str]:
    seeds = ",".join(_first_of(flags, given))
    return [seeds] if seeds else []


def _given_measure(_: Sequence[Flag], given: Mapping[str, Any]) -> list[str]:
    if not given["debiased"]:
        return [given["measure"]]
    if given["measure"] != Measure.CKA:
        raise click.UsageError("--debiased and --measure procrustes: only CKA has a debiased form")
    return [DEBIASED]


class ViewFields:
    """The list: a class body, so that a view's attributes have types. Order: of the address."""

    method: Field[str] = Field(
        key="method",
        id="method",
        parse=_method,
        write=lambda view: [view.method],
        default="",
        label="Method",
        help="exposure",
        about="FT and FTWB",
        options=_methods,
        hidden=lambda offer: not offer.study.tested_methods,
        shown=_say_method,
        reach=Reach.EVERYTHING,
    )
    seeds: Field[tuple[int, ...] | None] = Field(
        key="seeds",
        id="seeds",
        parse=_seeds,
        write=_write_seeds,
        # None = all the method has, empty = none chosen.
        default=None,
        kind=Kind.CHOSEN,
        look=Look.CHECKLIST,
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
        key="scale",
        id="scale",
        parse=_one_of("scale", Scale, Scale.PUBLISHED, "scale", Scale.PUBLISHED),
        write=lambda view: [view.scale.value],
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
        key="at",
        id="checkpoint",
        parse=_checkpoint,
        write=lambda view: [str(view.checkpoint)],
        default="last",
        label="Checkpoint",
        help="checkpoint",
        options=lambda offer: _step_choices(method_steps(offer.study, offer.view.method)),
        hidden=lambda offer: len(method_steps(offer.study, offer.view.method)) < 2,
        shown=_say_step,
        reach=Reach.EVERYTHING,
        flags=(Flag("checkpoint", command_line.CHECKPOINT),),
    )
    layer: Field[Layer | None] = Field(
        key="layer",
        id="layer",
        parse=_layer,
        write=lambda view: ["" if view.layer is None else str(view.layer)],
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
        key="cka_at",
        id="cka-checkpoint",
        parse=_cka_checkpoint,
        write=lambda view: [str(view.cka_checkpoint)],
        default="last",
        label="Checkpoint of the CKA",
        help="cka",
        about="CKA and its checkpoint",
        options=lambda offer: _step_choices(_cka_steps(offer.study, offer.view.layer)),
        hidden=lambda offer: (
            not _cka_steps(offer.study, offer.view.layer) or _shows_predictor(offer)
        ),
        flags=(Flag("cka_checkpoint", command_line.CKA_CHECKPOINT),),
    )
    measure: Field[Measure] = Field(
        key="measure",
        id="measure",
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
    debiased: Field[bool] = Field(
        key="", id="", parse=_debiased, write=_written_by_another, default=False
    )
    predictor: Field[str | None] = Field(
        # None = similarity of models, by the measure chosen.
        key="predictor",
        id="predictor",
        parse=_predictor,
        write=lambda view: [view.predictor or ""],
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
        key="predictor_layer",
        id="predictor-layer",
        parse=_predictor_layer,
        write=lambda view: ["" if view.predictor_layer is None else str(view.predictor_layer)],
        default=None,
        label="Layer of the predictor",
        help="predictor",
        about="predictors",
        options=lambda offer: [Choice(str(n), f"layer {n}") for n in _predictor_layers(offer)],
        hidden=lambda offer: len(_predictor_layers(offer)) < 2,
        shown=_say_nothing,
    )
    trained: Field[int] = Field(
        # How many tasks the models that are compared were trained on.
        key="size",
        id="trained",
        parse=_trained,
        write=lambda view: [str(view.trained)],
        default=1,
        label="Models trained on",
        help="cka",
        about="CKA of models trained on several tasks",
        options=_size_choices,
        hidden=lambda offer: len(compared_sizes(offer.study)) < 2,
        shown=_say_trained,
    )
    exclude: Field[tuple[str, ...]] = Field(
        # Dropped everywhere.
        key="exclude",
        id="tasks",
        parse=_tasks("exclude", "exclude"),
        write=lambda view: list(view.exclude) or [""],
        default=(),
        kind=Kind.UNTICKED,
        look=Look.CHECKLIST,
        label="Tasks",
        help="exclusions",
        options=_task_choices,
        # With those that are brought back, after the other fields: see `summary`.
        shown=_say_nothing,
        reach=Reach.EVERYTHING,
        flags=(Flag("exclude", command_line.EXCLUDE),),
    )
    include: Field[tuple[str, ...]] = Field(
        # The manifest leaves them out; here they are brought back.
        key="include",
        id="include",
        parse=_tasks("include", "include", excluded=True),
        write=lambda view: list(view.include) or [""],
        default=(),
        kind=Kind.LIST,
        look=Look.CHECKLIST,
        options=_include_choices,
        within="exclude",
        shown=_say_nothing,
        flags=(Flag("include", command_line.INCLUDE),),
    )
    sources_out: Field[tuple[str, ...]] = Field(
        key="not_source",
        id="sources-out",
        parse=_tasks("not_source", "hide as source"),
        write=lambda view: list(view.sources_out) or [""],
        default=(),
        kind=Kind.LIST,
        look=Look.CHOOSER,
        label="Hidden as source",
        help="exclusions",
        about="tasks hidden as source",
        options=_all_tasks,
    )
    targets_out: Field[tuple[str, ...]] = Field(
        key="not_target",
        id="targets-out",
        parse=_tasks("not_target", "hide as target"),
        write=lambda view: list(view.targets_out) or [""],
        default=(),
        kind=Kind.LIST,
        look=Look.CHOOSER,
        label="Hidden as target",
        help="exclusions",
        about="tasks hidden as target",
        options=_all_tasks,
    )
    order: Field[Order] = Field(
        key="order",
        id="order",
        parse=_order,
        write=lambda view: [view.order.value],
        default=Order.MANIFEST,
        look=Look.RADIO,
        label="Rows and columns",
        help="order",
        fixed=lambda: _ORDERS,
        options=_order_choices,
        shown=_say_nothing,
    )
    prediction: Field[str] = Field(
        key="prediction",
        id="prediction",
        parse=_prediction,
        write=lambda view: [view.prediction],
        default=USUAL,
        look=Look.RADIO,
        label="Prediction",
        help="predicted",
        fixed=lambda: [Choice(rule.name, rule.label) for rule in PREDICTIONS.values()],
        hidden=lambda offer: not _is_predicted(offer),
    )
    against: Field[str | None] = Field(
        # The method to subtract.
        key="against",
        id="against",
        parse=_against,
        write=lambda view: [view.against or ""],
        default=None,
        kind=Kind.OPTIONAL,
        label="Against another method",
        help="versus",
        options=_other_methods,
        hidden=lambda offer: len(offer.study.tested_methods) < 2,
    )
    split: Field[str | None] = Field(
        # The task whose presence in the training set tells cells apart.
        key="split",
        id="split",
        parse=_split,
        write=lambda view: [view.split or ""],
        default=None,
        kind=Kind.OPTIONAL,
        label="With and without",
        help="split",
        about="with and without a task",
        options=_split_choices,
    )
    threshold: Field[float | None] = Field(
        # None = chosen from the graph.
        key="threshold",
        id="threshold",
        parse=_threshold,
        write=lambda view: [AUTO if view.threshold is None else f"{view.threshold:g}"],
        default=None,
        kind=Kind.AUTO,
        look=Look.SLIDER,
        label="Weakest arrow shown",
        help="threshold",
    )
    style: Field[Style] = Field(
        # What figures are for.
        key="style",
        id="style",
        parse=_one_of("style", Style, Style.SCREEN, "style", "that for the screen"),
        write=lambda view: [view.style.value],
        default=Style.SCREEN,
        look=Look.RADIO,
        label="Figures for",
        help="paper",
        fixed=lambda: (
            Choice(Style.SCREEN.value, "Screen"),
            Choice(Style.PAPER.value, "Paper", "white, thick axes"),
            Choice(
                Style.BARE.value,
                "Paper, bare",
                "the same without title and legend, where there are any",
            ),
        ),
        shown=_say_nothing,
        reach=Reach.FIGURES,
    )
    filters: Field[tuple[Filter, ...]] = Field(
        # Of the table of pairs, at most one of a column; so is the sorting.
        key="filter",
        id="filters",
        parse=_filters,
        write=lambda view: [filter_text(condition) for condition in view.filters] or [""],
        default=(),
        kind=Kind.LIST,
        look=Look.STORE,
        arranges=False,
    )
    sorting: Field[tuple[SortKey, ...]] = Field(
        key="sort",
        id="sorting",
        parse=_sorting,
        write=lambda view: [sorting_text(sorting) for sorting in view.sorting] or [""],
        default=(),
        kind=Kind.LIST,
        look=Look.STORE,
        arranges=False,
    )
    selection: Field[tuple[str, ...]] = Field(
        # Nothing, a task, or a pair (source, target); in place of a task, as a source, a training
        # set may stand, its tasks in manifest order and joined by `+`.
        key="select",
        id="selection",
        parse=_selection,
        write=_write_selection,
        default=(),
        kind=Kind.LIST,
        look=Look.STORE,
        arranges=False,
    )
    number: Field[str] = Field(
        # In which matrix the pair was selected: which of its numbers the panel begins with.
        key="",
        id="",
        parse=_number,
        write=_written_by_another,
        default=MatrixKind.ACTUAL,
    )


def all_fields() -> tuple[Field[Any], ...]:
    """The list: every field, in the order of the address."""
    return tuple(one for one in vars(ViewFields).values() if isinstance(one, Field))


def address_fields() -> tuple[Field[Any], ...]:
    """Those with a key of their own."""
    return tuple(one for one in all_fields() if one.key)


def keys_of(reach: Reach) -> tuple[str, ...]:
    """The keys that so much depends on."""
    return tuple(one.key for one in address_fields() if one.reach is reach)


def flags_of(given: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the flags of the command line ask for, as the address would say it."""
    asked = {one.key: one.given(one.flags, given) for one in address_fields() if one.flags}
    return {key: values for key, values in asked.items() if values}

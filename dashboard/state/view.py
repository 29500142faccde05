"""What is asked for: the query of the URL, made of core types.

A browser's values reach the core through `parse_view` alone: whatever is not in the study falls
back to its default, and a notice says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from core.analyses.comparison import default_opponent
from core.analyses.pairs.filtering import Filter, SortKey
from core.analyses.pairs.table import column_kinds
from core.analyses.query import (
    AssociationParams,
    ComparisonParams,
    GraphParams,
    OverviewParams,
    PairListParams,
    PairParams,
    PairsParams,
    RowParams,
    SimilarityCourseParams,
    SimilarityParams,
    SweepParams,
    TeachersParams,
    TrajectoryParams,
    TransferParams,
    included_tasks,
    single_source_method,
)
from core.errors import RequestError, listed, one_line
from core.numerics.clustering import Order
from core.similarity.matrix import (
    compared_sizes,
    default_layer,
    similarity_checkpoints,
    similarity_layers,
)
from core.similarity.measures import Measure
from core.study import Checkpoint, Study
from core.transfer.matrix import MatrixKind
from core.transfer.normalization import Scale
from dashboard.figures.parts.theme import Style
from dashboard.state.grid_filters import filter_text, parse_filter, parse_sorting, sorting_text

ALL = "all"
AUTO = "auto"
LAST = "last"
DEBIASED = "debiased"
_LONGEST_QUOTE = 40

T = TypeVar("T", Filter, SortKey)

Query = Mapping[str, Sequence[str]]
"""Key -> values, as `urllib.parse.parse_qs` gives them."""


@dataclass(frozen=True)
class View:
    """What the page shows, checked against the study.

    seeds: None = all the method has, empty = none chosen. exclude: tasks dropped everywhere;
    include: tasks the manifest leaves out, brought back. layer: None where there is no CKA.
    cka_checkpoint, measure, debiased: of the similarity. trained: how many tasks the models that
    are compared were trained on. sources_out, targets_out: tasks not shown as source, as target.
    against: the method to subtract. split: the task whose presence in the training set tells
    cells apart. threshold: None = chosen from the graph. style: what figures are for. filters,
    sorting: of the table of pairs, at most one of a column. selection:
    nothing, a task, or a pair (source, target); in place of a task, as a source, a training set
    may stand, its tasks in manifest order and joined by `+`. number: in which matrix the pair was
    selected, and so which of its numbers the panel begins with.
    """

    method: str
    seeds: tuple[int, ...] | None = None
    scale: Scale = Scale.PUBLISHED
    checkpoint: Checkpoint = "last"
    layer: int | None = None
    cka_checkpoint: Checkpoint = "last"
    measure: Measure = Measure.CKA
    debiased: bool = False
    trained: int = 1
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    sources_out: tuple[str, ...] = ()
    targets_out: tuple[str, ...] = ()
    order: Order = Order.MANIFEST
    prediction: MatrixKind = MatrixKind.PREDICTED
    against: str | None = None
    split: str | None = None
    threshold: float | None = None
    style: Style = Style.SCREEN
    filters: tuple[Filter, ...] = ()
    sorting: tuple[SortKey, ...] = ()
    selection: tuple[str, ...] = ()
    number: MatrixKind = MatrixKind.ACTUAL

    @property
    def selected(self) -> list[str]:
        """The selection as the address has it: with the number, where it is not the actual one."""
        return [*self.selection, *([] if self.number is MatrixKind.ACTUAL else [self.number.value])]

    @property
    def chosen_seeds(self) -> tuple[int, ...] | None:
        """The seeds to compute with, None = all. Raises RequestError where none is chosen."""
        if self.seeds == ():
            raise RequestError("no seed chosen: tick one on the left")
        return self.seeds

    def transfer(self, kind: MatrixKind) -> TransferParams:
        """Parameters of the transfer matrix of a kind."""
        return TransferParams(
            method=self.method,
            kind=kind,
            other=self.against if kind is MatrixKind.VERSUS else None,
            seeds=self.chosen_seeds,
            exclude=self.exclude,
            scale=self.scale,
            checkpoint=self.checkpoint,
        )

    def pairs_method(self, study: Study) -> str:
        """The method X→Y values are taken from: this one, or the one that predicts it.

        Raises RequestError where neither has a run trained on one task alone.
        """
        chosen = study.method(self.method)
        single = {method.name for method in study.single_source_methods}
        if chosen.name not in single and chosen.predicted_from in single:
            return str(chosen.predicted_from)
        return single_source_method(study, chosen.name)

    def _pairs_seeds(self, study: Study, method: str) -> tuple[int, ...] | None:
        """The chosen seeds that the method has; all chosen ones where that leaves none."""
        chosen = self.chosen_seeds
        if chosen is None:
            return None
        there = set(study.seeds_of(method))
        return tuple(seed for seed in chosen if seed in there) or chosen

    def balance(self, study: Study) -> PairsParams:
        """Parameters of the balance."""
        method = self.pairs_method(study)
        return PairsParams(
            method=method,
            seeds=self._pairs_seeds(study, method),
            exclude=self.exclude,
            include=self.include,
            scale=self.scale,
            checkpoint=self.checkpoint,
        )

    def overview(self) -> OverviewParams:
        """Parameters of all methods side by side; the method shown elsewhere plays no part."""
        return OverviewParams(
            seeds=self.chosen_seeds,
            exclude=self.exclude,
            include=self.include,
            scale=self.scale,
            checkpoint=self.checkpoint,
        )

    def comparison(self, study: Study) -> ComparisonParams | None:
        """Parameters of this method against another: the one chosen, or a default.

        None where no other method shares a training set and a seed.
        """
        other = self.against or default_opponent(study, self.method)
        if other is None:
            return None
        return ComparisonParams(
            method=self.method,
            other=other,
            seeds=self.chosen_seeds,
            exclude=self.exclude,
            scale=self.scale,
            checkpoint=self.checkpoint,
            split=self.split,
            sources_out=self.sources_out,
            targets_out=self.targets_out,
        )

    def shown_tasks(self, study: Study) -> tuple[str, ...]:
        """The tasks that pairs are made of: without those left out, by the manifest or here."""
        return included_tasks(study, exclude=self.exclude, include=self.include)

    def pairs(self) -> PairListParams:
        """Parameters of the list of all pairs of the method."""
        return PairListParams(
            method=self.method,
            seeds=self.chosen_seeds,
            exclude=self.exclude,
            sources_out=self.sources_out,
            targets_out=self.targets_out,
            scale=self.scale,
            checkpoint=self.checkpoint,
            layer=self.layer,
            cka_checkpoint=self.cka_checkpoint,
        )

    def teachers(self, study: Study) -> TeachersParams:
        """Parameters of what is known of tasks against what they give and receive."""
        return TeachersParams(**vars(self.graph(study)))

    @property
    def selected_sources(self) -> tuple[str, ...]:
        """The task, or the training set, that is selected or the source of what is; or nothing."""
        return tuple(self.selection[0].split("+")) if self.selection else ()

    @property
    def selected_target(self) -> str | None:
        """The target of a selected pair; None where no pair is selected."""
        return self.selection[1] if len(self.selection) == 2 else None

    def selected_method(self, study: Study) -> str:
        """The method a selection is told of: this one, where it was run on these sources.

        Else the one that predicts it, else the first that was. Raises RequestError where no
        method has a run trained on exactly these.
        """
        sources = self.selected_sources
        predicting = study.method(self.method).predicted_from
        names = [self.method, *([predicting] if predicting else [])]
        names += [method.name for method in study.tested_methods]
        for name in names:
            if study.runs_on(name, sources):
                return name
        raise RequestError(f"no run was fine-tuned on exactly {' + '.join(sources)}")

    def pair(self, study: Study) -> PairParams:
        """Parameters of the story of the selected pair; there is one.

        With another method to subtract, where their difference is the number asked for and this
        method itself has the pair.
        """
        method = self.selected_method(study)
        versus = self.number is MatrixKind.VERSUS and method == self.method
        other = (self.against or default_opponent(study, method)) if versus else None
        return PairParams(
            method=method,
            sources=self.selected_sources,
            target=self.selected_target or "",
            seeds=self._pairs_seeds(study, method),
            checkpoint=self._checkpoint_of(study, method),
            other=other,
        )

    def row(self, study: Study) -> RowParams:
        """Parameters of the story of the selected task or training set; there is one.

        A task that nothing was fine-tuned on still gets: told of the method of X→Y values.
        """
        try:
            method = self.selected_method(study)
        except RequestError:
            method = self.pairs_method(study)
        return RowParams(
            method=method,
            sources=self.selected_sources,
            seeds=self._pairs_seeds(study, method),
            checkpoint=self._checkpoint_of(study, method),
        )

    def _checkpoint_of(self, study: Study, method: str) -> Checkpoint:
        """The checkpoint shown, where the method has it; else its last."""
        return self.checkpoint if self.checkpoint in method_steps(study, method) else "last"

    def similarity_courses(self) -> tuple[SimilarityCourseParams, ...]:
        """Parameters of the similarity of each source of the selected pair to its target."""
        target = self.selected_target
        if target is None:
            return ()
        asked = vars(self.similarity()) | {"trained": 1}
        return tuple(
            SimilarityCourseParams(**asked, first=source, second=target)
            for source in self.selected_sources
        )

    def similarity(self) -> SimilarityParams:
        """Parameters of the CKA matrix."""
        return SimilarityParams(
            layer=self.layer, checkpoint=self.cka_checkpoint, seeds=self.chosen_seeds
        )

    def models(self) -> SimilarityParams:
        """Parameters of the similarity of models trained on so many tasks, by any measure."""
        return replace(
            self.similarity(),
            trained=self.trained,
            measure=self.measure,
            debiased=self.debiased,
        )

    def trajectories(self, trained: int) -> TrajectoryParams:
        """Parameters of the similarity of such models over training."""
        return TrajectoryParams(
            layer=self.layer,
            seeds=self.chosen_seeds,
            trained=trained,
            measure=self.measure,
            debiased=self.debiased,
        )

    def association(self, study: Study) -> AssociationParams:
        """Parameters of CKA against transfer."""
        return AssociationParams(
            **vars(self.graph(study)), measure=self.measure, debiased=self.debiased
        )

    def sweep(self, study: Study) -> SweepParams:
        """Parameters of the same at every layer and checkpoint."""
        return SweepParams(
            **vars(self.balance(study)), measure=self.measure, debiased=self.debiased
        )

    def graph(self, study: Study) -> GraphParams:
        """Parameters of the transfer graph."""
        return GraphParams(
            **vars(self.balance(study)), layer=self.layer, cka_checkpoint=self.cka_checkpoint
        )


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
    """The method shown to somebody who asks for none.

    The first that has a prediction to stand beside, so that the first page is a whole picture;
    else the first there is.
    """
    names = [method.name for method in study.tested_methods]
    predicted = (m.name for m in study.tested_methods if m.predicted_from in names)
    return next(predicted, names[0])


def parse_view(query: Query, study: Study) -> tuple[View | None, tuple[str, ...]]:
    """The view a query asks for, and a notice for everything in it that had to fall back.

    None where the study has no method with runs to show.
    """
    if not study.tested_methods:
        return None, ()
    reader = _Reader(query, study)
    method, layer, measure = reader.method(), reader.layer(), reader.measure()
    selection, number = reader.selection()
    return (
        View(
            method=method,
            seeds=reader.seeds(method),
            scale=reader.scale(),
            checkpoint=reader.checkpoint(method),
            layer=layer,
            cka_checkpoint=reader.cka_checkpoint(layer),
            measure=Measure.CKA if measure == DEBIASED else Measure(measure),
            debiased=measure == DEBIASED,
            trained=reader.trained(),
            exclude=reader.tasks("exclude", {task.name for task in study.tasks}),
            include=reader.tasks("include", {task.name for task in study.excluded}),
            sources_out=reader.tasks("not_source", {task.name for task in study.tasks}),
            targets_out=reader.tasks("not_target", {task.name for task in study.tasks}),
            order=reader.order(),
            prediction=reader.prediction(),
            against=reader.against(method),
            split=reader.split(),
            threshold=reader.threshold(),
            style=reader.style(),
            filters=reader.filters(method),
            sorting=reader.sorting(method),
            selection=selection,
            number=number,
        ),
        tuple(reader.notices),
    )


class _Reader:
    """Reads one query, collecting what had to fall back."""

    def __init__(self, query: Query, study: Study) -> None:
        self.query = query
        self.study = study
        self.notices: list[str] = []

    def method(self) -> str:
        names = [method.name for method in self.study.tested_methods]
        asked = self._one("method")
        if asked in names:
            return str(asked)
        default = first_method(self.study)
        if asked is not None:
            self._fell_back("method", asked, default)
        return default

    def seeds(self, method: str) -> tuple[int, ...] | None:
        # Also given one by one: seeds=42&seeds=43.
        asked = ",".join(self.query.get("seeds", ())) or None
        if asked is None and "seeds" in self.query:
            self.notices.append("No seed is named: all seeds are shown.")
        if asked is None or asked == ALL:
            return None
        if asked == "none":
            return ()
        available = {str(seed): seed for seed in self.study.seeds_of(method)}
        texts = list(dict.fromkeys(text for text in asked.split(",") if text))
        unknown = [text for text in texts if text not in available]
        known = tuple(sorted(available[text] for text in texts if text in available))
        if unknown:
            shown = "all seeds" if not known else f"seeds {listed(known)}"
            self.notices.append(
                f"{method} has no seed {_quote(','.join(unknown))}: {shown} are shown."
            )
        return None if not known or len(known) == len(available) else known

    def scale(self) -> Scale:
        asked = self._one("scale")
        if asked is None or asked in set(Scale):
            return Scale(asked) if asked else Scale.PUBLISHED
        self._fell_back("scale", asked, Scale.PUBLISHED)
        return Scale.PUBLISHED

    def checkpoint(self, method: str) -> Checkpoint:
        asked = self._one("at")
        if asked is None or asked == LAST:
            return "last"
        steps = {str(step): step for step in method_steps(self.study, method)}
        if asked not in steps:
            self._fell_back("checkpoint", asked, "the last one")
        return steps.get(asked, "last")

    def layer(self) -> int | None:
        layers = {str(layer): layer for layer in similarity_layers(self.study)}
        if not layers:
            return None
        asked, default = self._one("layer"), default_layer(self.study)
        if asked is not None and asked not in layers:
            self._fell_back("layer", asked, str(default))
        return layers.get(asked or "", default)

    def cka_checkpoint(self, layer: int | None) -> Checkpoint:
        asked = self._one("cka_at")
        if asked is None or asked == LAST:
            return "last"
        there = () if layer is None else similarity_checkpoints(self.study, layer)
        steps = {str(step): step for step in there}
        if asked not in steps:
            self._fell_back("checkpoint with CKA", asked, "the last one")
        return steps.get(asked, "last")

    def measure(self) -> str:
        asked, there = self._one("measure"), measures_of(self.study)
        # Plain CKA is also what stands in the address of a study without any.
        if asked is None or asked in (*there, Measure.CKA.value):
            return asked or Measure.CKA.value
        self._fell_back("measure of similarity", asked, "plain CKA")
        return Measure.CKA.value

    def trained(self) -> int:
        sizes = compared_sizes(self.study)
        asked, default = self._one("size"), sizes[0] if sizes else 1
        if asked is None or asked in map(str, sizes):
            return default if asked is None else int(asked)
        if asked != str(default):
            self._fell_back("CKA of models by number of tasks trained on", asked, str(default))
        return default

    def order(self) -> Order:
        asked = self._one("order")
        if asked is None or asked in set(Order):
            return Order(asked) if asked else Order.MANIFEST
        self._fell_back("order", asked, "that of the manifest")
        return Order.MANIFEST

    def split(self) -> str | None:
        asked = self._one("split")
        if asked is None or asked in self.study.task_index:
            return asked
        self._fell_back("task to split by", asked, "one that suits")
        return None

    def style(self) -> Style:
        asked = self._one("style")
        if asked is None or asked in set(Style):
            return Style(asked) if asked else Style.SCREEN
        self._fell_back("style", asked, "that for the screen")
        return Style.SCREEN

    def filters(self, method: str) -> tuple[Filter, ...]:
        kinds = column_kinds(self.study.seeds_of(method))
        return self._terms("filter", lambda text: parse_filter(text, kinds))

    def sorting(self, method: str) -> tuple[SortKey, ...]:
        kinds = column_kinds(self.study.seeds_of(method))
        return self._terms("sort", lambda text: parse_sorting(text, kinds))

    def _terms(self, key: str, parse: Callable[[str], T | None]) -> tuple[T, ...]:
        """What can be read of a key, one of a column, the rest in one notice."""
        found: dict[str, T] = {}
        fallen = []
        for text in filter(None, self.query.get(key, ())):
            term = parse(text)
            if term is None or term.column in found:
                fallen.append(text)
            else:
                found[term.column] = term
        if fallen:
            what = {"filter": "filter the pairs", "sort": "sort the pairs"}[key]
            self.notices.append(f"Cannot {what} by {_quote(', '.join(fallen))}: it is left out.")
        return tuple(found.values())

    def tasks(self, key: str, known: set[str]) -> tuple[str, ...]:
        """Task names in manifest order, those that are not among `known` left out."""
        asked = {name for name in self.query.get(key, ()) if name}
        if unknown := asked - known:
            what = {"not_source": "hide as source", "not_target": "hide as target"}.get(key, key)
            self.notices.append(
                f"No task {_quote(', '.join(sorted(unknown)))} to {what} in this study."
            )
        return tuple(task.name for task in self.study.tasks if task.name in asked & known)

    def prediction(self) -> MatrixKind:
        asked = self._one("prediction")
        if asked is None or asked in (MatrixKind.PREDICTED, MatrixKind.CROSS_FITTED):
            return MatrixKind(asked) if asked else MatrixKind.PREDICTED
        self._fell_back("prediction", asked, MatrixKind.PREDICTED)
        return MatrixKind.PREDICTED

    def against(self, method: str) -> str | None:
        asked = self._one("against")
        names = [other.name for other in self.study.tested_methods if other.name != method]
        if asked is None or asked in names:
            return asked
        # The method itself is what is left when somebody swaps the two: not worth a notice.
        if asked != method:
            self._fell_back("method to compare", asked, "no comparison")
        return None

    def threshold(self) -> float | None:
        asked = self._one("threshold")
        if asked is None or asked == AUTO:
            return None
        try:
            value = float(asked)
        except ValueError:
            value = math.nan
        if math.isfinite(value) and value >= 0:
            return value
        self._fell_back("threshold", asked, "one that suits the graph")
        return None

    def selection(self) -> tuple[tuple[str, ...], MatrixKind]:
        """What is selected: a task, or a pair, and which number of it."""
        asked = tuple(name for name in self.query.get("select", ()) if name)
        if len(asked) != 3:
            return self._selection(asked), MatrixKind.ACTUAL
        selection, number = self._selection(asked[:2]), asked[2]
        if selection and number in set(MatrixKind):
            return selection, MatrixKind(number)
        if selection:
            self._fell_back("number of a pair", number, "the actual one")
        return selection, MatrixKind.ACTUAL

    def _selection(self, asked: tuple[str, ...]) -> tuple[str, ...]:
        if not asked:
            return ()
        known, order = set(self.study.task_index), self.study.task_index.__getitem__
        sources = asked[0].split("+")
        if len(asked) <= 2 and set(sources) <= known and set(asked[1:]) <= known:
            trained = tuple(sorted(set(sources), key=order))
            if len(trained) == 1 or any(run.trained == trained for run in self.study.runs):
                return ("+".join(trained), *asked[1:])
            self.notices.append(f"No run was trained on {_quote(asked[0])}: nothing is selected.")
            return ()
        self.notices.append(f"No task or pair {_quote(' → '.join(asked))} to select.")
        return ()

    def _one(self, key: str) -> str | None:
        values = self.query.get(key, ())
        return values[0] if values and values[0] else None

    def _fell_back(self, what: str, asked: str, shown: str) -> None:
        self.notices.append(f"No {what} {_quote(asked)} in this study: {shown} is shown.")


def _quote(text: str) -> str:
    """What stood in the URL, on one line and cut where it is long."""
    cut = text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "…"
    return f"“{one_line(cut)}”"


def query_of(view: View) -> dict[str, list[str]]:
    """The query of a view, every key, also where it is the default: `parse_view` reads it back.

    The order of the keys is theirs in the address.
    """
    seeds = ALL if view.seeds is None else ",".join(map(str, view.seeds)) or "none"
    return {
        "method": [view.method],
        "seeds": [seeds],
        "scale": [view.scale.value],
        "at": [str(view.checkpoint)],
        "layer": ["" if view.layer is None else str(view.layer)],
        "cka_at": [str(view.cka_checkpoint)],
        "measure": [DEBIASED if view.debiased else view.measure.value],
        "size": [str(view.trained)],
        "exclude": list(view.exclude) or [""],
        "include": list(view.include) or [""],
        "not_source": list(view.sources_out) or [""],
        "not_target": list(view.targets_out) or [""],
        "order": [view.order.value],
        "prediction": [view.prediction.value],
        "against": [view.against or ""],
        "split": [view.split or ""],
        "threshold": [AUTO if view.threshold is None else f"{view.threshold:g}"],
        "style": [view.style.value],
        "filter": [filter_text(condition) for condition in view.filters] or [""],
        "sort": [sorting_text(sorting) for sorting in view.sorting] or [""],
        "select": view.selected or [""],
    }


def clean_query(data: object) -> dict[str, list[str]]:
    """A query out of whatever a browser sent: text keys, lists of text, the rest dropped."""
    if not isinstance(data, Mapping):
        return {}
    return {
        key: [value for value in values if isinstance(value, str)]
        for key, values in data.items()
        if isinstance(key, str) and isinstance(values, (list, tuple))
    }

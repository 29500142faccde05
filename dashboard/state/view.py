"""What is asked for: the query of the URL, made of core types.

A browser's values reach the core through `parse_view` alone: whatever is not in the study falls
back to its default, and a notice says so. What a view holds is the list in
`dashboard.state.fields`; what it asks of the core is here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from core.analyses.query import (
    DetailQuery,
    PlanQuery,
    SimilarityQuery,
    TransferQuery,
    default_opponent,
    included_tasks,
    own_seeds,
)
from core.errors import RequestError
from core.evaluations import Checkpoint
from core.similarity.matrix import has_similarity
from core.study import Study
from core.transfer.matrix import MatrixKind
from core.transfer.predictions import USUAL
from dashboard.state.fields import (
    FieldReader,
    Query,
    ViewFields,
    address_fields,
    all_fields,
    method_steps,
    pairs_method,
)
from dashboard.state.fields.keys import Key
from dashboard.state.fields.plan import plan_candidates


class View(ViewFields):
    """What the page shows, checked against the study: a value of every field, and unchanging."""

    values: Mapping[str, Any]

    def __init__(self, **values: Any) -> None:
        """Of some values by name; the others are the defaults. Raises TypeError for no field."""
        defaults = {field.name: field.default for field in all_fields()}
        if unknown := values.keys() - defaults.keys():
            raise TypeError(f"a view has no {', '.join(sorted(unknown))}")
        object.__setattr__(self, "values", defaults | values)

    def changed(self, **values: Any) -> View:
        """The same view with some values changed."""
        return View(**(dict(self.values) | values))

    def __setattr__(self, name: str, value: object) -> None:
        """Raises AttributeError: a view does not change."""
        raise AttributeError(f"a view does not change: {name}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, View) and self.values == other.values

    def __hash__(self) -> int:
        return hash(tuple(self.values.items()))

    def __repr__(self) -> str:
        said = [f"{name}={value!r}" for name, value in self.values.items()]
        return f"View({', '.join(said)})"

    @property
    def chosen_seeds(self) -> tuple[int, ...] | None:
        """The seeds to compute with, None = all. Raises RequestError where none is chosen."""
        if self.seeds == ():
            raise RequestError("no seed chosen: tick one under Controls")
        return self.seeds

    @property
    def transfer_query(self) -> TransferQuery:
        """What is asked of transfer, of the method shown."""
        named = self.values.keys() & {one.name for one in fields(TransferQuery)}
        return TransferQuery(
            **{name: self.values[name] for name in named - {"prediction"}}
            | {"seeds": self.chosen_seeds}
        )

    @property
    def similarity_query(self) -> SimilarityQuery:
        """What is asked of similarity, of models trained on so many tasks, by any measure."""
        return SimilarityQuery(
            layer=self.layer,
            checkpoint=self.cka_checkpoint,
            seeds=self.chosen_seeds,
            trained=self.trained,
            measure=self.measure,
            debiased=self.debiased,
        )

    @property
    def predictor_query(self) -> SimilarityQuery:
        """What predicts: a given predictor at its layer, else similarity of single-task models."""
        if self.predictor is None:
            return replace(self.similarity_query, trained=1)
        return SimilarityQuery(
            layer=self.predictor_layer, seeds=self.chosen_seeds, predictor=self.predictor
        )

    def plan_query(self, study: Study) -> PlanQuery:
        """What is asked of a plan, on shrunken values where there are seeds.

        Of no more tasks than can be chosen now, whatever number was asked for.
        """
        there = plan_candidates(study, self.method, self.exclude, self.include)
        return PlanQuery(
            size=min(self.plan_size, max(len(there), 1)),
            targets=self.plan_targets,
            goal=self.plan_goal,
            shrunken=True,
            budget=self.plan_budget,
        )

    def of_kind(self, kind: str) -> TransferQuery:
        """The same of another matrix: `versus` against the method chosen."""
        other = self.against if kind == MatrixKind.VERSUS else None
        prediction = self.prediction if kind == MatrixKind.DIFFERENCE else USUAL
        return replace(self.transfer_query, kind=kind, prediction=prediction, other=other)

    def pairs_query(self, study: Study) -> TransferQuery:
        """The same of X→Y, which another method may have to give; see `pairs_method`."""
        return self._of_method(study, self.pairs_method(study))

    def _of_method(self, study: Study, method: str) -> TransferQuery:
        """The same of another method, with those of the chosen seeds that it has."""
        seeds = own_seeds(study, method, self.chosen_seeds)
        return replace(self.transfer_query, method=method, seeds=seeds)

    def pairs_method(self, study: Study) -> str:
        """The method X→Y values are taken from: see `dashboard.state.fields.pairs_method`."""
        return pairs_method(study, self.method)

    def comparison(self, study: Study) -> TransferQuery | None:
        """This method against another: the one chosen, or a default.

        None where no other method shares a training set and a seed.
        """
        other = self.against or default_opponent(study, self.method)
        return None if other is None else replace(self.transfer_query, other=other)

    def shown_tasks(self, study: Study) -> tuple[str, ...]:
        """The tasks that pairs are made of: without those left out, by the manifest or here."""
        return included_tasks(study, TransferQuery(exclude=self.exclude, include=self.include))

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
        if not self.method:
            raise RequestError("nothing was fine-tuned in this study, so there is no transfer")
        sources = self.selected_sources
        predicting = study.method(self.method).predicted_from
        names = [self.method, *([predicting] if predicting else [])]
        names += [method.name for method in study.tested_methods]
        for name in names:
            if study.runs_on(name, sources):
                return name
        raise RequestError(f"no run was fine-tuned on exactly {' + '.join(sources)}")

    def detail_query(self, study: Study) -> tuple[TransferQuery, DetailQuery]:
        """What is asked of the selected pair, task or training set; there is one.

        A pair has another method to subtract where their difference is the number asked for and
        this method itself has the pair. A task that nothing was fine-tuned on still receives: it
        is told of the method of X→Y values. Raises RequestError where no method has the pair.
        """
        target, other = self.selected_target, None
        try:
            method = self.selected_method(study)
        except RequestError:
            if target is not None:
                raise
            method = self.pairs_method(study)
        if target is not None and self.number == MatrixKind.VERSUS and method == self.method:
            other = self.against or default_opponent(study, method)
        query = self._of_method(study, method)
        query = replace(query, checkpoint=self._checkpoint_of(study, method))
        return query, DetailQuery(self.selected_sources, target or "", other)

    def _checkpoint_of(self, study: Study, method: str) -> Checkpoint:
        """The checkpoint shown, where the method has it; else its last."""
        return self.checkpoint if self.checkpoint in method_steps(study, method) else "last"

    def similarity_details(self) -> tuple[DetailQuery, ...]:
        """Each source of the selected pair beside its target; nothing where no pair is selected."""
        target = self.selected_target
        if target is None:
            return ()
        return tuple(DetailQuery((source,), target) for source in self.selected_sources)


def parse_view(query: Query, study: Study) -> tuple[View | None, tuple[str, ...]]:
    """The view a query asks for, and a notice for everything in it that had to fall back.

    None where the study has no method with runs to show, and nothing else that could be: neither
    similarity of models nor a predictor. Without runs the method is an empty name.
    """
    if not (study.tested_methods or study.predictors or has_similarity(study)):
        return None, ()
    asked = FieldReader(query, study)
    for field in all_fields():
        # A field may look at those before it: checkpoints are those of the method.
        asked.found[field.name] = field.parse(asked)
    return View(**asked.found), tuple(asked.notices)


def chosen_method(view: View, study: Study, kept: object) -> str:
    """The method a person chose before a page took the one that predicts it; else the view's own.

    kept: what the browser remembers of that, whatever it is. Once another method is chosen, what
    was remembered counts no more.
    """
    if not isinstance(kept, str) or kept not in [method.name for method in study.tested_methods]:
        return view.method
    try:
        return kept if pairs_method(study, kept) == view.method else view.method
    except RequestError:
        return view.method


def exchanged_method(study: Study, chosen: str, shown: str) -> str:
    """Why a page shows another method than the one chosen."""
    labels = [study.method(name).label for name in (chosen, shown)]
    return f"{labels[0]} has no single sources: {labels[1]} is shown."


def single_source_view(view: View, study: Study) -> tuple[View, tuple[str, ...]]:
    """The view of a page that draws methods with runs of one task alone, and what else it changes.

    The same view where its method has them, or where no method has: the page says so.
    """
    if not view.method:
        return view, ()
    try:
        method = pairs_method(study, view.method)
    except RequestError:
        return view, ()
    if method == view.method:
        return view, ()
    query = query_of(view) | {"method": [method]}
    if view.against == method:
        # Nobody asked to compare it with itself.
        query[Key.AGAINST] = []
    changed, notices = parse_view(query, study)
    return changed or view, notices


def query_of(view: View, study: Study | None = None) -> dict[str, list[str]]:
    """The query of a view, every key, also where it is the default: `parse_view` reads it back.

    The order of the keys is theirs in the address. study: of the view; with it long lists are
    written by what they leave where that is shorter, as the page writes them.
    """
    written = {field.key: field.written(view) for field in address_fields()}
    if study is not None:
        for field in address_fields():
            if field.shorten is not None:
                written[field.key] = field.shorten(study, written[field.key])
    return written


def clean_query(data: object) -> dict[str, list[str]]:
    """A query out of whatever a browser sent: text keys, lists of text, the rest dropped."""
    if not isinstance(data, Mapping):
        return {}
    return {
        key: [value for value in values if isinstance(value, str)]
        for key, values in data.items()
        if isinstance(key, str) and isinstance(values, (list, tuple))
    }

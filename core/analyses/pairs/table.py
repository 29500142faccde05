"""All pairs of a transfer matrix as a list: every training set on every target, one row each.

A row has what is known of the pair: transfer with its interval, raw values, prediction, the way
back, CKA, and why something is missing. Rows can be looked for and put in order without turning
a million of them into objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from core.analyses.columns import ColumnKind
from core.analyses.pairs.columns import PairColumn
from core.errors import RequestError, listed
from core.numerics.arrays import FloatArray, IntArray
from core.similarity.matrix import SimilarityMatrix
from core.similarity.predictor_matrix import PredictorMatrix
from core.study import Checkpoint, Layer, Study
from core.transfer.matrix import THE_TARGET, TransferMatrix, mean_present
from core.transfer.normalization import Scale
from core.transfer.shrinkage import shrink

if TYPE_CHECKING:
    import pandas as pd

ROLES = ("no", "few samples", "yes")
"""Whether the target was trained on: no; not trained on, but some samples of it were seen; yes."""


@dataclass(frozen=True)
class PairTable:
    """Every training set of one method on every target, as cells of matrices.

    All arrays are (n_sources, n_targets), float64 and NaN = none, unless it says otherwise;
    `row` numbers of methods count the cells row by row, source after source.

    values:      normalized improvement (or the given score), mean over seeds
    low, high:   its 95 % interval over seeds, Student's t
    sd:          sample standard deviation over seeds
    n:           int64, seeds behind the mean
    per_seed:    (n_seeds, n_sources, n_targets)
    role:        int64, index into `ROLES`
    raw, baseline, reference: the run's shifted value, its base's shifted (0 on the scale) and
                 standard value (1), means over the seeds that have a transfer, in the target's unit
    predicted:   the method's prediction, mean over seeds; difference: actual − predicted, over
                 the seeds that have both
    reverse:     transfer of target→source by the same method, of single sources alone
    cka:         of the two single-task models at `layer`, of single sources alone
    given:       (n_predictors, n_sources, n_targets), what predictors of the manifest say of single
                 sources; predictors: what they are called, their layer with it
    clipped:     int64, how many seeds the published scale cut
    missing:     int64, how many seeds have no value; reason: int64, index into `reasons`, of the
                 first of them, 0 = none is missing
    shrunken:    what is left of the mean when luck is taken off, [shrunken_low, shrunken_high] its
                 95 % interval over seeds, false_sign_rate the probability that its sign is wrong
    no_shrunken: why there is nothing of it, empty where there is
    units:       of the targets
    seeds_of_one_base: seeds that share their base; where there are any, no interval is
    """

    method: str
    predicted_from: str
    scale: Scale
    checkpoint: Checkpoint
    layer: Layer | None
    cka_seeds: tuple[int, ...]
    seeds: tuple[int, ...]
    sources: tuple[tuple[str, ...], ...]
    targets: tuple[str, ...]
    units: tuple[str, ...]
    values: FloatArray
    low: FloatArray
    high: FloatArray
    sd: FloatArray
    n: IntArray
    per_seed: FloatArray
    role: IntArray
    raw: FloatArray
    baseline: FloatArray
    reference: FloatArray
    predicted: FloatArray
    difference: FloatArray
    reverse: FloatArray
    cka: FloatArray
    clipped: IntArray
    missing: IntArray
    reason: IntArray
    reasons: tuple[str, ...]
    shrunken: FloatArray
    shrunken_low: FloatArray
    shrunken_high: FloatArray
    false_sign_rate: FloatArray
    no_shrunken: str
    given: FloatArray
    predictors: tuple[str, ...]
    seeds_of_one_base: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.sources) * len(self.targets)

    @property
    def asymmetry(self) -> FloatArray:
        """X→Y minus Y→X; NaN where one of them is missing, or X is more than one task."""
        return np.asarray(self.values - self.reverse)

    @cached_property
    def columns(self) -> tuple[PairColumn, ...]:
        """All columns there are, in their order; `empty` ones have no value in any row."""
        return tuple(_columns(self))

    def column(self, key: str) -> PairColumn:
        """The column of that key. Raises RequestError where there is none."""
        for column in self.columns:
            if column.key == key:
                return column
        raise RequestError(f"no column {key!r}; there are {listed(c.key for c in self.columns)}")

    def pair(self, row: int) -> tuple[tuple[str, ...], str]:
        """(training set, target) of a row."""
        source, target = divmod(row, len(self.targets))
        return self.sources[source], self.targets[target]

    def row_of(self, sources: tuple[str, ...], target: str) -> int | None:
        """The row of a pair; None where it is not in the list."""
        if sources not in self.sources or target not in self.targets:
            return None
        return self.sources.index(sources) * len(self.targets) + self.targets.index(target)

    def numbers(self, column: PairColumn) -> FloatArray:
        """(n_rows,) float64 of a column of numbers."""
        values: FloatArray = np.asarray(column.value(self), dtype=np.float64)
        return values.ravel()

    def texts(self, column: PairColumn) -> tuple[tuple[str, ...], IntArray]:
        """The different texts of a column of text, and (n_rows,) int64 which of them a row has."""
        names, which = column.value(self)
        return names, which

    def sources_of_rows(self) -> tuple[tuple[str, ...], IntArray]:
        """Training sets as texts, and which of them a row has."""
        names = tuple(" + ".join(sources) for sources in self.sources)
        return names, np.repeat(np.arange(len(self.sources)), len(self.targets))

    def by_target(self, texts: tuple[str, ...]) -> tuple[tuple[str, ...], IntArray]:
        """Texts of the targets, and which of them a row has."""
        return texts, np.tile(np.arange(len(self.targets)), len(self.sources))

    def notes_of_rows(self) -> tuple[tuple[str, ...], IntArray]:
        """What is said of cells that are cut or missing, and which of it a row has."""
        # One number for each state of a cell: three columns take twenty times longer to sort.
        bases = len(self.seeds) + 1, len(self.reasons), len(self.targets)
        names_it = np.array([THE_TARGET in text for text in self.reasons])
        column = np.where(names_it[self.reason], np.arange(bases[2]), 0)
        state = (self.clipped * bases[0] + self.missing) * bases[1] + self.reason
        state = state * bases[2] + column
        states, which = np.unique(state.ravel(), return_inverse=True)
        notes = []
        for code in states.tolist():
            rest, at = divmod(code, bases[2])
            rest, reason = divmod(rest, bases[1])
            clipped, missing = divmod(rest, bases[0])
            why = self.reasons[reason].replace(THE_TARGET, self.targets[at])
            notes.append(self._note(clipped, missing, why))
        return tuple(notes), np.asarray(which, dtype=np.int64)

    def _note(self, clipped: int, missing: int, reason: str) -> str:
        seeds = len(self.seeds)
        parts = []
        if clipped:
            parts.append(f"cut to the scale in {clipped} of {seeds} seeds")
        if missing:
            why = reason or "no value"
            parts.append(why if seeds == 1 else f"{missing} of {seeds} seeds missing: {why}")
        return "; ".join(parts)

    def frame(self, rows: IntArray | None = None, *, keys: Sequence[str] = ()) -> pd.DataFrame:
        """Rows as a table, one column per key (all without any); titles as names.

        Values are plain: names as in the manifest, numbers unrounded, NaN = none.
        """
        import pandas as pd

        chosen = [self.column(key) for key in keys] or list(self.columns)
        at = np.arange(len(self)) if rows is None else rows
        data: dict[str, Any] = {}
        for column in chosen:
            if column.is_text:
                names, which = self.texts(column)
                data[column.title] = np.array(names, dtype=object)[which[at]]
            else:
                data[column.title] = self.numbers(column)[at]
        return pd.DataFrame(data)


def column_kinds(seeds: Iterable[int], n_predictors: int = 0) -> dict[str, bool]:
    """Key of every column a list over these seeds can have -> whether it is one of text."""
    texts = ("source", "target", "trained", "unit", "note")
    numbers = (
        *("values", "low", "high", "n", "sd", "raw", "baseline", "reference"),
        *("shrunken", "shrunken_low", "shrunken_high", "false_sign_rate"),
        *("predicted", "difference", "reverse", "asymmetry", "cka"),
        *(f"seed:{seed}" for seed in seeds),
        *(_given_key(at) for at in range(n_predictors)),
    )
    return dict.fromkeys(texts, True) | dict.fromkeys(numbers, False)


def _one_of(name: str, at: int, table: PairTable) -> FloatArray:
    """One of several matrices of the same rows and columns."""
    values: FloatArray = getattr(table, name)[at]
    return values


def _given_key(at: int) -> str:
    """By position in the manifest: a predictor may be called anything."""
    return f"predictor:{at}"


def _given_columns(pairs: PairTable, titles: Iterable[str]) -> list[PairColumn]:
    """One for each predictor of the manifest; titles: those that are taken."""
    taken, found = set(titles), []
    for at, called in enumerate(pairs.predictors):
        title = f"{called} (predictor)" if called in taken else called
        while title in taken:
            title += "′"
        taken.add(title)
        empty = not np.isfinite(pairs.given[at]).any()
        why = "it is of pairs of single tasks, and has none of these" if empty else ""
        found.append(
            PairColumn(
                _given_key(at),
                title,
                partial(_one_of, "given", at),
                empty=empty,
                why_empty=why,
            )
        )
    return found


def _columns(pairs: PairTable) -> list[PairColumn]:
    measure = "transfer"
    raw_why = "given scores have no raw values"
    predicted_why = (
        ""
        if pairs.predicted_from
        else f"{pairs.method} has no `predicted_from` in study.toml: nothing predicts it"
    )
    cka_why = "the study has no CKA of single-task models" if pairs.layer is None else ""
    at_layer = "" if pairs.layer is None else f", layer {pairs.layer}"

    def numbers(key: str, title: str, why: str = "", **told: Any) -> PairColumn:
        empty = not np.isfinite(getattr(pairs, key)).any()
        return PairColumn(
            key, title, attrgetter(key), empty=empty, why_empty=why if empty else "", **told
        )

    def texts(key: str, title: str, value: Callable[[PairTable], Any], **told: Any) -> PairColumn:
        return PairColumn(key, title, value, kind=ColumnKind.TEXT, **told)

    few = "one seed has no interval" if len(pairs.seeds) < 2 else ""
    alike = "seeds that share a base have no interval" if pairs.seeds_of_one_base else few
    single = "" if any(len(s) == 1 for s in pairs.sources) else "no run is trained on one task"
    columns = [
        texts("source", "source", PairTable.sources_of_rows),
        texts("target", "target", lambda table: table.by_target(table.targets)),
        texts(
            "trained",
            "trained on the target",
            lambda table: (ROLES, table.role.ravel()),
            short="trained?",
        ),
        numbers("values", measure),
        numbers("low", "95 % low", alike),
        numbers("high", "95 % high", alike),
        numbers("n", "seeds", kind=ColumnKind.COUNT),
        numbers("shrunken", "left without luck", pairs.no_shrunken),
        numbers("shrunken_low", "left, 95 % low", pairs.no_shrunken),
        numbers("shrunken_high", "left, 95 % high", pairs.no_shrunken),
        numbers(
            "false_sign_rate",
            "wrong sign (probability)",
            pairs.no_shrunken or "scores as given have no sign",
            short="wrong sign",
        ),
        numbers("sd", "spread (sd over seeds)", few, short="spread (sd)"),
        *[
            PairColumn(
                f"seed:{seed}",
                f"{measure}, seed {seed}",
                partial(_one_of, "per_seed", at),
                seed=seed,
            )
            for at, seed in enumerate(pairs.seeds)
            if len(pairs.seeds) > 1
        ],
        numbers("raw", "raw value", raw_why, kind=ColumnKind.QUANTITY),
        numbers("baseline", "baseline (0)", raw_why, kind=ColumnKind.QUANTITY, short="baseline 0"),
        numbers(
            "reference", "reference (1)", raw_why, kind=ColumnKind.QUANTITY, short="reference 1"
        ),
        texts(
            "unit", "unit", lambda table: table.by_target(table.units), empty=not any(pairs.units)
        ),
        numbers("predicted", "predicted", predicted_why),
        numbers("difference", "actual − predicted", predicted_why, signed=True, short="difference"),
        numbers("reverse", "reverse transfer", single, short="reverse"),
        numbers("asymmetry", "asymmetry", single, signed=True),
        numbers("cka", f"CKA{at_layer}", cka_why or single),
        texts(
            "note",
            "note",
            PairTable.notes_of_rows,
            empty=not (pairs.clipped.any() or pairs.missing.any()),
        ),
    ]
    columns[-1:-1] = _given_columns(pairs, [column.title for column in columns])
    return columns


def pair_table(
    study: Study,
    actual: TransferMatrix,
    *,
    predicted: TransferMatrix | None = None,
    difference: TransferMatrix | None = None,
    similarity: SimilarityMatrix | None = None,
    predictors: Sequence[PredictorMatrix] = (),
    sources_out: Iterable[str] = (),
    targets_out: Iterable[str] = (),
) -> PairTable:
    """The list of all cells of `actual`.

    predicted, difference: matrices of the same rows, columns and seeds, None = there is no
    prediction. similarity: CKA of the single-task models, None = the study has none. predictors:
    those of the manifest.
    sources_out, targets_out: tasks not listed as (part of a) source, as target; what comes back
    from them is still known. Raises RequestError for a task the study does not have.
    """
    no_source = {study.task(name).name for name in sources_out}
    no_target = {study.task(name).name for name in targets_out}
    rows = [i for i, s in enumerate(actual.sources) if no_source.isdisjoint(s)]
    columns = [j for j, t in enumerate(actual.targets) if t not in no_target]
    kept = np.ix_(rows, columns)
    reverse = _reverse(actual)[kept]
    left = shrink(actual, study)
    actual = actual.take(rows, columns)
    shape = actual.values.shape
    nothing = np.full(shape, np.nan)
    low, high = actual.interval
    raw = baseline = reference = nothing
    if (records := actual.records) is not None:
        # Over the seeds that have a transfer: what the mean beside it is made of.
        used = np.isfinite(actual.per_seed)
        raw, baseline, reference = (
            mean_present(np.where(used, values, np.nan), axis=0)
            for values in (records.value, records.baseline, records.reference)
        )
    unit_of = {task.name: task.unit for task in study.tasks}
    return PairTable(
        method=actual.method,
        predicted_from=""
        if predicted is None
        else study.method(actual.method).predicted_from or "",
        scale=actual.scale,
        checkpoint=actual.checkpoint,
        layer=None if similarity is None else similarity.layer,
        cka_seeds=() if similarity is None else similarity.seeds,
        seeds=actual.seeds,
        sources=actual.sources,
        targets=actual.targets,
        units=tuple(unit_of.get(target, "") for target in actual.targets),
        values=actual.values,
        low=low,
        high=high,
        sd=actual.sd,
        n=actual.n,
        per_seed=actual.per_seed,
        role=np.where(actual.trained, 2, np.where(actual.exposed, 1, 0)).astype(np.int64),
        raw=raw,
        baseline=baseline,
        reference=reference,
        predicted=nothing if predicted is None else predicted.values[kept],
        difference=nothing if difference is None else difference.values[kept],
        reverse=reverse,
        cka=nothing if similarity is None else _of_single_sources(actual, similarity),
        given=np.array([_of_single_sources(actual, one) for one in predictors]).reshape(
            len(predictors), *shape
        ),
        predictors=tuple(
            one.label if one.layer is None else f"{one.label}, layer {one.layer}"
            for one in predictors
        ),
        clipped=np.asarray(actual.clipped.sum(axis=0), dtype=np.int64),
        missing=np.asarray((actual.reason > 0).sum(axis=0), dtype=np.int64),
        reason=actual.first_reason,
        reasons=actual.reasons,
        shrunken=left.values[kept],
        shrunken_low=left.low[kept],
        shrunken_high=left.high[kept],
        false_sign_rate=left.false_sign_rate[kept],
        no_shrunken=left.why,
        seeds_of_one_base=actual.seeds_of_one_base,
    )


def _reverse(actual: TransferMatrix) -> FloatArray:
    """(n_sources, n_targets): the value of target→source where the source is one other task."""
    result = np.full(actual.values.shape, np.nan)
    row_of = {s[0]: i for i, s in enumerate(actual.sources) if len(s) == 1}
    column_of = {t: j for j, t in enumerate(actual.targets)}
    both = [task for task in row_of if task in column_of]
    rows, columns = [row_of[task] for task in both], [column_of[task] for task in both]
    square = actual.values[np.ix_(rows, columns)].T.copy()
    np.fill_diagonal(square, np.nan)
    result[np.ix_(rows, columns)] = square
    return result


def _of_single_sources(
    actual: TransferMatrix, similarity: SimilarityMatrix | PredictorMatrix
) -> FloatArray:
    """(n_sources, n_targets): what it says of a single source and another task, NaN elsewhere."""
    result = np.full(actual.values.shape, np.nan)
    single = [i for i, s in enumerate(actual.sources) if len(s) == 1]
    names = [actual.sources[i][0] for i in single]
    both = similarity.of([*names, *actual.targets])[: len(names), len(names) :]
    other = np.array(names, dtype=object)[:, None] != np.array(actual.targets, dtype=object)
    result[single] = np.where(other, both, np.nan)
    return result

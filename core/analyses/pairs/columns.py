"""What a column of the table of pairs is, and which there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from operator import attrgetter, methodcaller
from typing import TYPE_CHECKING, Any

import numpy as np

from core.analyses.columns import Column, ColumnKind
from core.numerics.arrays import FloatArray

if TYPE_CHECKING:
    from core.analyses.pairs.table import PairTable


ROLES = ("no", "few samples", "yes")
"""Whether the target was trained on: no; not trained on, but some samples of it were seen; yes."""


@dataclass(frozen=True)
class PairColumn(Column):
    """A column of a PairTable. Its rows stand in arrays, so `value` is from the whole table:

    of numbers (n_rows,) float64; of text the different ones, and (n_rows,) int64 which of them a
    row has. title: the only one of that name. seed: whose values it has, None = not of one seed.
    empty: no row has a value. judged: more is better, of errors as they are less is.
    """

    seed: int | None = None
    empty: bool = False
    judged: bool = False

    @property
    def is_text(self) -> bool:
        """Whether `value` is as of text."""
        return self.kind is ColumnKind.TEXT


_ABOUT = {
    "source": "the task or tasks that were trained on",
    "target": "the task that was tested on",
    "trained": "whether the target is one of the sources, or few samples of it were seen",
    "values": "what training on the source did for the target, mean over seeds, on the scale of"
    " the page",
    "low": "lower end of the 95 % interval of transfer over seeds; n is in the column seeds",
    "high": "upper end of the 95 % interval of transfer over seeds; n is in the column seeds",
    "n": "how many seeds the mean and its interval are over",
    "shrunken": "what is left of transfer once it is drawn towards cells like it, so that the"
    " largest values are not the luckiest",
    "shrunken_low": "lower end of the 95 % interval of what is left without luck",
    "shrunken_high": "upper end of the 95 % interval of what is left without luck",
    "false_sign_rate": "probability that what is left is on the other side of 0",
    "sd": "standard deviation of transfer over seeds",
    "raw": "the score of the runs on the target, mean over seeds, in the target's unit",
    "baseline": "the base's score on the target's new data, which is 0 on the scale, in its unit",
    "reference": "the base's score on its own data, which is 1 on the scale, in the target's unit",
    "unit": "what raw value, baseline and reference are in",
    "predicted": "what runs on single tasks predict for this cell, on the scale of transfer",
    "difference": "transfer minus what was predicted",
    "reverse": "transfer from target to source, of pairs of single tasks",
    "asymmetry": "transfer minus its reverse, of pairs of single tasks",
    "cka": "how alike models of the two tasks alone are inside, 0 to 1, mean over seeds",
    "note": "how many seeds were cut to the scale, and why values are missing",
}
"""Key -> what the column says."""
_MEASURE = "transfer"


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
                about="given in the study: what this predictor says of source and target",
                help="predictor",
            )
        )
    return found


def _seed_columns(pairs: PairTable) -> list[PairColumn]:
    """One for each seed, where there are several."""
    return [
        PairColumn(
            f"seed:{seed}",
            f"{_MEASURE}, seed {seed}",
            partial(_one_of, "per_seed", at),
            seed=seed,
            about="the value of this seed alone, n = 1",
            help="pairs",
        )
        for at, seed in enumerate(pairs.seeds)
        if len(pairs.seeds) > 1
    ]


def _numbers(pairs: PairTable, key: str, title: str, why: str = "", **told: Any) -> PairColumn:
    """The matrix `key` of a table as a column; why: what it says where it has no value."""
    empty = not np.isfinite(getattr(pairs, key)).any()
    told = {"about": _ABOUT[key], "help": "pairs"} | told
    return PairColumn(
        key, title, attrgetter(key), empty=empty, why_empty=why if empty else "", **told
    )


def _texts(key: str, title: str, value: Callable[[PairTable], Any], **told: Any) -> PairColumn:
    """A column of text."""
    told = {"about": _ABOUT[key], "help": "pairs"} | told
    return PairColumn(key, title, value, kind=ColumnKind.TEXT, **told)


def columns_of(pairs: PairTable) -> list[PairColumn]:
    """All columns of a table, in their order."""
    columns = [
        *_pair_columns(),
        *_value_columns(pairs),
        *_luck_columns(pairs),
        *_seed_columns(pairs),
        *_raw_columns(pairs),
        *_other_columns(pairs),
    ]
    note = _texts(
        "note",
        "note",
        methodcaller("notes_of_rows"),
        empty=not (pairs.clipped.any() or pairs.missing.any()),
    )
    taken = [column.title for column in (*columns, note)]
    return [*columns, *_given_columns(pairs, taken), note]


def _pair_columns() -> list[PairColumn]:
    """Which pair a row is of."""
    return [
        _texts("source", "source", methodcaller("sources_of_rows")),
        _texts("target", "target", lambda table: table.by_target(table.targets)),
        _texts(
            "trained",
            "trained on the target",
            lambda table: (ROLES, table.role.ravel()),
            short="trained?",
        ),
    ]


def _value_columns(pairs: PairTable) -> list[PairColumn]:
    """What was measured, and how sure it is."""
    numbers = partial(_numbers, pairs)
    alike = "seeds that share a base have no interval" if pairs.seeds_of_one_base else _few(pairs)
    return [
        numbers("values", _MEASURE),
        numbers("low", "95 % low", alike),
        numbers("high", "95 % high", alike),
        numbers("n", "seeds", kind=ColumnKind.COUNT),
    ]


def _few(pairs: PairTable) -> str:
    """Why there is no interval where one seed alone is there."""
    return f"{pairs.one_seed} has no interval" if len(pairs.seeds) < 2 else ""


def _luck_columns(pairs: PairTable) -> list[PairColumn]:
    """What is left of the values without luck, and how far seeds lie apart."""
    numbers = partial(_numbers, pairs)
    return [
        numbers("shrunken", "left without luck", pairs.no_shrunken, help="shrunken"),
        numbers("shrunken_low", "left, 95 % low", pairs.no_shrunken),
        numbers("shrunken_high", "left, 95 % high", pairs.no_shrunken),
        numbers(
            "false_sign_rate",
            "wrong sign (probability)",
            pairs.no_shrunken or "scores as given have no sign",
            kind=ColumnKind.P,
            help="shrunken",
            short="wrong sign",
        ),
        numbers("sd", "spread (sd over seeds)", _few(pairs), short="spread (sd)"),
    ]


def _raw_columns(pairs: PairTable) -> list[PairColumn]:
    """The value before it was normalized, and the ends of its scale."""
    numbers = partial(_numbers, pairs)
    raw_why = "given scores have no raw values"
    return [
        numbers("raw", "raw value", raw_why, kind=ColumnKind.QUANTITY),
        numbers("baseline", "baseline (0)", raw_why, kind=ColumnKind.QUANTITY, short="baseline 0"),
        numbers(
            "reference", "reference (1)", raw_why, kind=ColumnKind.QUANTITY, short="reference 1"
        ),
        _texts(
            "unit", "unit", lambda table: table.by_target(table.units), empty=not any(pairs.units)
        ),
    ]


def _other_columns(pairs: PairTable) -> list[PairColumn]:
    """What is set beside a value: its prediction, the way back, similarity."""
    numbers = partial(_numbers, pairs)
    predicted_why = (
        ""
        if pairs.predicted_from
        else f"{pairs.method} has no `predicted_from` in study.toml: nothing predicts it"
    )
    cka_why = "the study has no CKA of single-task models" if pairs.layer is None else ""
    at_layer = "" if pairs.layer is None else f", layer {pairs.layer}"
    single = "" if any(len(s) == 1 for s in pairs.sources) else "no run is trained on one task"
    return [
        numbers("predicted", "predicted", predicted_why),
        numbers(
            "difference",
            "actual − predicted",
            predicted_why,
            signed=True,
            judged=True,
            short="difference",
        ),
        numbers("reverse", "reverse transfer", single, short="reverse"),
        # Of raw scores it is of two targets, of which one may be easier.
        numbers("asymmetry", "asymmetry", single, signed=True, judged=not pairs.is_raw),
        numbers("cka", f"CKA{at_layer}", cka_why or single),
    ]

"""A row a score: which columns are source, target, score, method and seed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from core.errors import RequestError, listed, shortened
from core.io.dialects.raw_table import distinct, rows_where
from core.io.layouts.score_names import joining_sign
from core.io.names.name_rules import near_twins
from core.io.names.source_words import whole_sets
from core.io.names.usual_words import is_called_model, usual_column, usual_word
from core.io.recognition.both_sides import (
    SAID_OF_OUTER,
    Dressed,
    aliases_of,
    dressed_among,
    plus_names,
    said_of_dressed,
    twins_across,
    undressed,
)
from core.io.recognition.column_words import (
    NOT_SCORES,
    OF_MODELS,
    averages,
    baseline_question,
    direction_of,
    is_spread,
    itself_word,
    said_of_averages,
    said_of_itself,
    said_of_sign,
    said_of_twins,
)
from core.io.recognition.joint_pairs import JointPair
from core.io.recognition.looked_table import LookedTable, has_digit
from core.io.recognition.numbered_columns import NumberedColumns, by_value, numbered_columns
from core.io.recognition.recognized import REPEATS_ARE_SEEDS, Recognized
from core.io.recognition.rows_that_count import (
    check_filled,
    metrics_of_targets,
    one_metric,
    one_split,
    preference,
    said_of_groups,
    said_of_metrics,
)
from core.io.recognition.settings import (
    columns_of,
    conflict_of,
    is_called_setting,
    method_of,
    names_each_row,
    of_a_grid,
    said_of_methods,
    that_vary,
    too_many,
)
from core.io.recognition.sides import lacking, sides_of
from core.io.table_cells.number_hints import number_hint

_BESIDE_SCORES = re.compile(
    r"(^|_)(p|pval|pvals|pvalue|p_value|q_value|ci|low|high|lower|upper|seconds|secs|minutes|hours"
    r"|elapsed|wall_time|memory|mem|gb|mb|flops|co2|timestamp|date|weight)(_|$)"
)
"""Names of numbers that stand beside scores and are none."""


def as_long(look: LookedTable, name: str) -> Recognized:
    """A row a score. Raises RequestError where columns are missing."""
    assumed: list[str] = []
    used, joint = sides_of(look, name, assumed)
    own = metrics_of_targets(look, used)
    told_by = min(own.values(), key=preference) if own else one_metric(look, used)
    one_split(look, used)
    numbered = _numbered(look, used)
    if numbered is None:
        used["score"] = _score(look, name, used)
    used |= _which_run(look, name, used, numbered)
    if joint is None:
        _check_counts(look, name, used)
    _check_apart(used, name)
    check_filled(look, name, used)
    repeats = _made_unique(look, used, assumed)
    sources, targets, names = _names_of_sides(look, used, joint, assumed)
    aliases = _aliases(look, sources, targets, assumed)
    sign = joining_sign(sources, targets)
    assumed += said_of_sign(sign)
    gone = [*averages([*sources, *targets]), *(joint.leave_out if joint else ())]
    assumed += said_of_averages(gone)
    whole = whole_sets(sources, targets, gone)
    gone += whole.leave_out
    assumed += whole.assumed
    itself = itself_word(sources, targets)
    assumed += said_of_itself(itself)
    assumed += said_of_groups(look, used)
    if numbered is not None:
        assumed += _left_aside(look, used, numbered)
    elif "score" not in look.mapped:
        assumed += _other_numbers(look, used)
    return Recognized(
        form="scores" if numbered is None else "wide",
        value="" if numbered is None else numbered.value,
        itself=itself,
        everything=whole.everything,
        path="",
        columns=names,
        repeats=repeats,
        aliases=aliases,
        leave_out=tuple(gone),
        joined_by=sign,
        told_by=told_by,
        metrics={t: direction_of(m) or "" for t, m in own.items() if t in targets},
        understood=(_said_of_columns(used, numbered), *said_of_metrics(own)),
        assumed=tuple(assumed),
        unknown=(*baseline_question(sources, targets), *_of_models(used, sources, targets)),
    )


def _names_of_sides(
    look: LookedTable, used: Mapping[str, str], joint: JointPair | None, assumed: list[str]
) -> tuple[list[str], list[str], dict[str, str]]:
    """Sources, targets, and our word, or a template of it, -> the column that holds them.

    assumed: filled on.
    """
    names = {word: column for word, column in used.items() if word != column}
    if joint is not None:
        return list(dict.fromkeys(joint.sources)), list(dict.fromkeys(joint.targets)), names
    sources = dict.fromkeys(distinct(look.counted(used["sources"])))
    targets = dict.fromkeys(distinct(look.counted(used["target"])))
    if dressed := _undressed(look, sources, targets):
        for word, side in zip(("sources", "target"), dressed, strict=True):
            names |= {word: used[word]}
            names = {side.template(w) if w == word else w: c for w, c in names.items()}
            assumed.append(f"names are what stands in {side.template(word)}")
        sources, targets = (dict.fromkeys(side.names) for side in dressed)
    return [*sources], [*targets], names


def _said_of_columns(used: Mapping[str, str], numbered: NumberedColumns | None) -> str:
    """What a row is, and which column is what."""
    told = [f"{word} is {'' if i else 'column '}{used[word]}" for i, word in enumerate(used)]
    said = f"a row a {'score' if numbered is None else 'pair'}: {', '.join(told)}"
    if numbered is None:
        return said
    return f"{said}, {len(numbered.columns)} columns are one {numbered.word} each"


def _of_models(
    used: Mapping[str, str], sources: Sequence[str], targets: Sequence[str]
) -> tuple[str, ...]:
    """Whether it is transfer, of several models none of which is called after a target."""
    of_models = is_called_model(used.get("sources", "")) and len(sources) > 1
    named = any(target.lower() in source.lower() for source in sources for target in targets)
    return (OF_MODELS,) if of_models and not named else ()


def _which_run(
    look: LookedTable, name: str, used: Mapping[str, str], numbered: NumberedColumns | None
) -> dict[str, str]:
    """The columns of seed, checkpoint and method, as far as there are any besides those used.

    Raises RequestError where one that somebody named does not hold whole numbers.
    """
    header = look.raw.header
    found: dict[str, str] = {}
    for word in ("seed", "checkpoint"):
        if numbered is not None and word == numbered.word:
            continue
        free = [c for c in header if c not in (*used.values(), *found.values())]
        if word == "seed":
            free = [c for c in free if not _numbers_rows(look, c, used)]
        column = look.mapped.get(word) or usual_column(word, free)
        if column is not None and look.is_whole(column, seed=word == "seed"):
            found[word] = column
        elif word in look.mapped:
            odd = next(c for c in distinct(look.counted(column or "")) if not c.isdigit())
            raise RequestError(
                f"{name}: {shortened(column or '')} is {shortened(odd)}, not a whole number;"
                f" name another column with --map {word}=COLUMN"
            )
    method = look.mapped.get("method")
    if method is None:
        rest = [
            c for c in header if c not in (*used.values(), *found.values()) and c not in look.where
        ]
        method = usual_column("method", rest)
        method = method if method and "" not in look.counted(method) else None
    if method is not None:
        found["method"] = method
    return found


def _numbers_rows(look: LookedTable, column: str, used: Mapping[str, str]) -> bool:
    """A column such as `trial` or `run` numbers the rows of all cells: no seed is there twice."""
    if usual_column("seed", [column]) is None:
        return False
    cells = [used[word] for word in ("sources", "target") if word in used]
    is_seed = {"seed", "random", "rng"} & {*usual_word(column).split("_")}
    return not is_seed and names_each_row(look, column, columns_of(look, cells))


def _aliases(
    look: LookedTable, sources: Sequence[str], targets: Sequence[str], assumed: list[str]
) -> dict[str, list[str]]:
    """What tasks are called besides: on the other side, joined by a plus, with a suffix."""
    twins = twins_across(sources, targets)
    assumed += said_of_twins(twins)
    aliases = {one: [other] for one, other in twins.items()} | plus_names(sources, targets)
    if not twins:
        dressed = dressed_among(sources, targets)
        assumed += said_of_dressed(dressed)
        aliases |= aliases_of(dressed)
    if any(said.startswith("JSON nested by sources") for said in look.raw.recognized):
        assumed += [] if look.mapped else [SAID_OF_OUTER]
    for one, other, why in near_twins(list(dict.fromkeys([*sources, *targets]))):
        if why.startswith("a suffix"):
            aliases.setdefault(one, []).append(other)
            assumed.append(f"{other} is {one}")
    return aliases


def _undressed(
    look: LookedTable, sources: Iterable[str], targets: Iterable[str]
) -> tuple[Dressed, Dressed] | None:
    """Both sides without `train_` and `test_`; None where they are alike as they are."""
    gone = {*averages([*sources, *targets])}
    if gone or {"sources", "target"} & {*look.mapped}:
        return None
    found = undressed([s for s in sources if s], [t for t in targets if t])
    fits = found is not None and found[0].side != "target" and found[1].side != "sources"
    return found if fits else None


_COUNTED = frozenset(("correct", "hit", "hits", "success", "successes", "wins", "passed", "solved"))
_OF_ALL = re.compile(
    r"^(?:n|total|count|support|size|num|all)(?:_|$)|_(?:total|count|n|size)$"
    r"|^(?:examples|samples|instances|trials|episodes|attempts|items)$"
)


def _check_counts(look: LookedTable, name: str, used: Mapping[str, str]) -> None:
    """Raises RequestError where scores are counts of ever other totals: 4 of 10 is less than 30 of
    100 nowhere but there.
    """
    score = used.get("score", "")
    if "score" in look.mapped or not _COUNTED & {*usual_word(score).split("_")}:
        return
    numbers = look.numbers(look.counted(score)) if score in look.raw.header else None
    if numbers is None or not (np.isfinite(numbers) & (numbers > 1)).any():
        return
    for column in look.raw.header:
        if not _OF_ALL.search(usual_word(column)) or column in used.values():
            continue
        totals = look.numbers(look.counted(column))
        if totals is None or len({*totals[np.isfinite(totals)]}) < 2 or (numbers > totals).any():
            continue
        raise RequestError(
            f"{name}: {shortened(score)} counts of how many there are in {shortened(column)}, which"
            f" is not the same in every row; divide one by the other in a column of its own,"
            f" or say --map score={shortened(score)} where counts are meant"
        )


def _check_apart(used: Mapping[str, str], name: str) -> None:
    """Raises RequestError where one column would be two things."""
    of: dict[str, str] = {}
    for word, column in used.items():
        if (other := of.setdefault(column, word)) != word:
            raise RequestError(
                f"{name}: column {shortened(column)} cannot be both {other} and {word};"
                f" name another column with --map {word}=COLUMN"
            )


def as_numbered(look: LookedTable) -> Recognized | None:
    """A row a pair, a column a seed or checkpoint; None where it is something else."""
    try:
        found = as_long(look, "")
    except RequestError:
        return None
    return found if found.value else None


def _numbered(look: LookedTable, used: Mapping[str, str]) -> NumberedColumns | None:
    """Columns of scores by seed or checkpoint, where they are clearer than any other score."""
    if "score" in look.mapped:
        given = look.mapped["score"]
        return by_value(given, look.raw.header) if "{" in given else None
    rest = [
        c
        for c in look.raw.header
        if c and c not in used.values() and look.numbers(look.counted(c)) is not None
    ]
    rest = [c for c in rest if any(distinct(look.counted(c)))]
    found = numbered_columns([c for c in rest if not NOT_SCORES.search(usual_word(c))])
    if found is None or (found.word == "seed" and usual_column("seed", rest)):
        return None
    if not found.told and usual_column("score", [c for c in rest if c not in found.columns]):
        return None
    return found


def _left_aside(
    look: LookedTable, used: Mapping[str, str], numbered: NumberedColumns
) -> tuple[str, ...]:
    there = {*numbered.columns, *used.values(), *look.where}
    rest = [c for c in look.raw.header if c and c not in there]
    aside = [c for c in rest if look.numbers(look.counted(c)) is not None]
    return (f"{listed(aside)} is left aside",) if aside else ()


def _other_numbers(look: LookedTable, used: Mapping[str, str]) -> tuple[str, ...]:
    """Columns of numbers that are not used, measures first; no spreads, counts or settings."""
    held = columns_of(look, used.values())
    there = {*held, *look.where, *look.settings}
    aside = [
        c
        for c in dict.fromkeys(look.raw.header)
        if c
        and c not in there
        and not NOT_SCORES.search(usual_word(c))
        and not is_called_setting(c)
        and usual_column("seed", [c]) is None
        and look.numbers(cells := look.counted(c)) is not None
        and any(distinct(cells))
    ]
    aside.sort(key=lambda c: direction_of(c) is None)
    if not aside:
        return ()
    return (
        f"{shortened(used['score'])} is the score; {listed(aside)} is left aside:"
        f" --map score={aside[0]}",
    )


def _words_for_nothing(look: LookedTable, name: str, column: str) -> None:
    """Take the few words between a column's numbers for none; RequestError for more."""
    cells = look.counted(column)
    texts = look.texts_of_numbers(cells)
    words = [cell for cell, text in texts.items() if text is None]
    if not words:
        return
    is_odd = rows_where(cells, frozenset(words).__contains__)
    odd = int(is_odd.sum())
    if len(words) <= 3 and odd * 2 <= len(cells) and not any(has_digit(w) for w in words):
        look.missing |= {word.lower() for word in words}
        look.assumed.append(f"{listed(words)} in {shortened(column)} stands for no number")
        return
    row = look.raw.rows[look.kept[int(np.flatnonzero(is_odd)[0])]]
    raise RequestError(
        f"{name}, row {row}: {shortened(column)} is {shortened(words[0])}, not a number"
        f" ({odd} of {len(cells)} rows); "
        + (number_hint(words[0]) or "write numbers with a point and without thousands separators")
        + ", or name another column with --map score=COLUMN"
    )


def _score(look: LookedTable, name: str, used: Mapping[str, str]) -> str:
    if "score" in look.mapped:
        return look.mapped["score"]
    rest = [
        c
        for c in look.raw.header
        if c and c not in used.values() and look.numbers(look.counted(c)) is not None
    ]
    filled = [c for c in rest if any(distinct(look.counted(c)))]
    # Of several the one of which more is better: a loss beside an accuracy is the second thought.
    better = [c for c in filled if direction_of(c) != "error"]
    column = usual_column("score", better)
    if column is not None and usual_word(column) == "val":
        # Beside the test it is the validation.
        column = next((c for c in better if usual_word(c) == "test"), column)
    if column is None and not _may_be_scores(look, filled):
        column = usual_column("score", filled)
    meant = usual_column("score", [c for c in look.raw.header if c not in used.values()])
    is_text = meant is not None and meant not in filled
    if column is None and meant and is_text and not NOT_SCORES.search(usual_word(meant)):
        _words_for_nothing(look, name, meant)
        return meant
    if column is None:
        likely = [c for c in filled if not NOT_SCORES.search(usual_word(c))]
        words = [c for c in likely if direction_of(c) is not None]
        if any(direction_of(c) != "error" for c in words) or not _may_be_scores(look, likely):
            likely = words or likely
        means = [c for c in likely if {"mean", "avg"} & {*usual_word(c).split("_")}]
        likely = means if len(means) == 1 else likely
        better = [c for c in likely if direction_of(c) != "error"]
        likely = better if len(better) == 1 else likely
        if len(likely) > 1 and len({re.sub(r"\d+", "", one) for one in likely}) == 1:
            raise RequestError(
                f"{name}: {len(likely)} columns that differ in a number ({listed(likely)});"
                f" name one with --map score={likely[0]}, or, if they are seeds, all of"
                f" them with --map 'score={_by_seed(likely[0])}'"
            )
        if len(likely) > 1:
            raise RequestError(
                f"{name}: several columns may be the score ({listed(likely)}); name one"
                f" with --map score={likely[-1]}"
            )
        if not likely:
            raise RequestError(lacking(look, name, "score"))
        column = likely[0]
    return column


def _may_be_scores(look: LookedTable, columns: Iterable[str]) -> bool:
    """Of numbers whose names tell no direction some may be scores: fractions, and no setting."""
    for column in columns:
        word = usual_word(column)
        if direction_of(column) or is_called_setting(column) or usual_column("seed", [column]):
            continue
        if NOT_SCORES.search(word) or _BESIDE_SCORES.search(word):
            continue
        there = look.finite(look.counted(column))
        if (there != np.round(there)).any():
            return True
    return False


def _by_seed(column: str) -> str:
    """`rouge1` as `rouge{seed}`."""
    return re.sub(r"\d+", "{seed}", column, count=1)


def _made_unique(look: LookedTable, used: dict[str, str], assumed: list[str]) -> str:
    """Add what tells cells apart to `used`; what to do with repeats that are left."""
    score = used.get("score", "")
    cell = columns_of(look, (c for word, c in used.items() if word != "score"))
    if not look.repeat(cell):
        return ""
    apart = next((c for c in look.raw.header if _tells_apart(look, c, cell, used)), None)
    if apart is not None and (both := _seed_of_both(look, used.get("seed", ""), apart)):
        assumed.append(f"{used['seed']} and {apart} together are a seed: {both}")
        used["seed"] = both
        return ""
    columns = [apart] if apart is not None else of_a_grid(look, cell, [score])
    if columns:
        look.settings, look.method_before = tuple(columns), used.get("method", "")
        used["method"] = method_of(look, columns, look.method_before)
        assumed.append(said_of_methods(look, columns))
        return ""
    found = look.several_times(cell, [score] if score else [])
    look.conflict = found.conflict
    if found.as_seeds and (varying := that_vary(look, cell, [score])):
        look.conflict = conflict_of(varying)
    if not found.as_seeds or look.conflict:
        return ""
    assumed.append(REPEATS_ARE_SEEDS)
    used.pop("seed", None)
    return "seeds"


def _tells_apart(
    look: LookedTable, column: str, cell: Sequence[str], used: Mapping[str, str]
) -> bool:
    """A column of few values, without which rows of a cell would be there twice."""
    if column in used.values() or column in look.where or not column:
        return False
    cells = look.counted(column)
    different = len(distinct(cells))
    several = different * 2 <= len(cells)
    if different > max(20, len(cells) // 4) or is_spread(column, [used.get("score", "")]):
        return False
    if names_each_row(look, column, cell):
        return False
    if NOT_SCORES.search(usual_word(column)) and not several:
        return False
    numbers = look.numbers(cells)
    whole = numbers is None or bool(np.all(numbers == np.round(numbers)))
    # Numbers with a point that come again are a setting, such as lr = 0.1.
    if not (whole or several) or direction_of(column) or too_many(look, column):
        return False
    return not look.repeat([*cell, column])


def _seed_of_both(look: LookedTable, seed: str, column: str) -> str:
    """`{seed}{fold}`, of two columns whose names say seeds; empty where it would not tell them."""
    if not seed or "{" in seed or usual_column("seed", [column]) is None:
        return ""
    if not all(look.is_whole(one, seed=False) for one in (seed, column)):
        return ""
    pairs = {*zip(look.counted(seed), look.counted(column), strict=True)}
    told = {f"{one}{other}" for one, other in pairs}
    return f"{{{seed}}}{{{column}}}" if len(told) == len(pairs) else ""

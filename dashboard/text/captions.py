"""What stands small below a figure: where its numbers came from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from core.errors import listed
from core.evaluations import Checkpoint
from core.study import Study, ValueScale
from core.transfer.copied_seeds import copied_among
from core.transfer.last_steps import last_steps
from core.transfer.matrix import MatrixKind
from core.transfer.predictions import PREDICTIONS
from core.transfer.table import measure_of
from dashboard.text import names, numbers

if TYPE_CHECKING:
    from typing import Protocol

    from core.numerics.intervals import Interval
    from core.transfer.matrix import TransferMatrix
    from core.transfer.normalization import Scale

    class _OverSeeds(Protocol):
        """A result of one method over several seeds."""

        @property
        def method(self) -> str: ...
        @property
        def seeds(self) -> tuple[int, ...]: ...
        @property
        def seeds_of_one_base(self) -> tuple[int, ...]: ...


DIGEST_LENGTH = 10
SEPARATOR = " · "
NAMED_ON_A_LINE = 12
LINE = 68
"""Characters of a caption that one line holds."""
_COUNTED_SEEDS = re.compile(r"\d+ seeds(?= \([\d, ]+\)$)")


def scale_text(study: Study, scale: Scale) -> str:
    """`published scale`, or what the given scores are."""
    if not study.has_given_scores:
        return f"{scale.value} scale"
    if not study.is_raw:
        gain = study.value_scale is ValueScale.GAIN
        kinds = {(task.metric, task.unit) for task in study.tasks}
        own = ", each target in its own unit" if gain and len(kinds) > 1 else ""
        return "given scores" + (f", gain over zero{own}" if gain else "")
    lower = [task.label for task in study.tasks if task.name in study.lower_targets]
    if not lower:
        return "given scores, higher is better"
    of = "" if len(lower) == len(study.tested_tasks) else f" for {listed(lower)}"
    return f"given scores, lower is better{of}"


def arrow_scale_text(study: Study, scale: Scale) -> str:
    """`published scale, negative strict`: what lies below zero has a number on one scale alone."""
    cut = scale.value == "published" and not study.has_given_scores
    return scale_text(study, scale) + (", negative strict" if cut else "")


def measures(study: Study) -> str:
    """Several of them: `scores`."""
    name = measure_of(study)
    return name if name.endswith("improvement") else f"{name}s"


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """`last checkpoint`, `checkpoint 1,200`."""
    return "last checkpoint" if checkpoint == "last" else f"checkpoint {checkpoint:,}"


def evaluated_at(study: Study, checkpoint: Checkpoint) -> str:
    """At which checkpoint transfer was evaluated; empty for given scores that have none."""
    if study.has_given_scores and not study.evaluations.checkpoint.any():
        return ""
    return checkpoint_text(checkpoint)


def own_steps_text(
    study: Study, methods: Sequence[str], seeds: Sequence[int] | None, checkpoint: Checkpoint
) -> str:
    """`each run at its own last step, 300 to 900: all have 300`; empty where they end alike."""
    found = last_steps(study, methods, seeds, checkpoint=checkpoint)
    if found is None:
        return ""
    said = [
        (f"{method_label(study, name)} " if len(found.by_method) > 1 else "")
        + (f"{low:,}" if low == high else f"{low:,} to {high:,}")
        for name, low, high in found.by_method
    ]
    shared = "they have no step in common"
    if found.shared is not None:
        shared = f"all have {found.shared:,} (choose it under Checkpoint)"
    return f"each run at its own last step, {', '.join(said)}: {shared}"


def digest_text(study: Study) -> str:
    """The study's digest, short: same digest, same numbers."""
    return f"study {study.digest[:DIGEST_LENGTH]}"


def join(*parts: str) -> str:
    """Parts of a caption on one line, empty ones left out."""
    return SEPARATOR.join(part for part in parts if part)


def shortened(caption: str, most: int = LINE) -> tuple[str, str]:
    """The first facts of a caption, as many as fit on a line, and the others.

    The first one stays whole however long it is. How many seeds there are stands on the line where
    which they are has no room: `4 seeds`, and all of them among the others. Both are empty where
    there is no caption.
    """
    facts = caption.split(SEPARATOR)
    length = 0
    for at, fact in enumerate(facts):
        before = length + (len(SEPARATOR) if at else 0)
        length = before + len(fact)
        if length > most and at:
            count = _COUNTED_SEEDS.match(fact)
            few = [count[0]] if count and before + len(count[0]) <= most else []
            return SEPARATOR.join([*facts[:at], *few]), SEPARATOR.join(facts[at:])
    return caption, ""


def headline(finding: str, most: int) -> tuple[str, str]:
    """The first clauses of a finding, as many as `most` characters hold, and the others.

    Clauses end with a semicolon or a full stop, outside brackets; the first stays whole however
    long it is. What goes on after a semicolon says so by `…` and has no capital: it may begin with
    a name.
    """
    body = finding.removesuffix(".")
    stops = (end.start() for end in re.finditer(r"\.\s(?=[A-Z])|;\s", body))
    ends = [*(at for at in stops if body.count("(", 0, at) <= body.count(")", 0, at)), len(body)]
    fit = [end for end in ends if end <= most] or ends[:1]
    if fit[-1] == ends[-1]:
        return finding, ""
    goes_on = finding[fit[-1]] == ";"
    rest = finding[fit[-1] :].lstrip(";. ")
    return f"{finding[: fit[-1]]}.", f"… {rest}" if goes_on else rest


def method_label(study: Study, name: str) -> str:
    """A method as it is called in figures; empty without one, where nothing was fine-tuned."""
    return study.method(name).label if name else ""


def method_of_study(study: Study, name: str, called: str) -> str:
    """`FT2 (digits)`, a method beside one of another study; `digits` where nobody named it.

    called: what tells the study from the others.
    """
    label = method_label(study, name)
    return called if not label or label == study.title else f"{label} ({called})"


def matrix_caption(matrix: TransferMatrix, study: Study, *, exclude: Sequence[str] = ()) -> str:
    """Method (both of a difference), seeds, scale, checkpoint, size, what is cut or missing."""
    total = matrix.per_seed.size
    gone = int((matrix.reason > 0).sum())
    against = f" − {method_label(study, matrix.other)}" if matrix.other else ""
    return join(
        f"{method_label(study, matrix.method)}{against}",
        seeds_of(study, matrix.method, matrix.seeds, matrix.other),
        prediction_text(matrix, study),
        one_base_text(matrix.seeds_of_one_base),
        scale_text(study, matrix.scale),
        evaluated_at(study, matrix.checkpoint),
        own_steps_text(study, methods_behind(matrix, study), matrix.seeds, matrix.checkpoint),
        f"{numbers.counted(len(matrix.sources), 'training set')} ×"
        f" {numbers.counted(len(matrix.targets), 'target')}",
        ""
        if study.has_given_scores
        else f"{numbers.counted(matrix.clipped_count, 'value')} of {total:,} cut to the scale",
        missing_text(gone, of_seeds=len(matrix.seeds) > 1),
        tasks_kept(study, exclude),
        digest_text(study),
    )


def methods_behind(matrix: TransferMatrix, study: Study) -> list[str]:
    """The methods whose runs the values of a matrix are made of."""
    source = study.method(matrix.method).predicted_from
    predicted = matrix.kind in PREDICTIONS or matrix.kind == MatrixKind.DIFFERENCE
    measured = [] if matrix.kind in PREDICTIONS else [matrix.method]
    found = [*measured, source if predicted else None, matrix.other]
    return [name for name in found if name]


def prediction_text(matrix: TransferMatrix, study: Study) -> str:
    """`from FTWB1: the best of its tasks alone`; empty where nothing is predicted."""
    source = study.method(matrix.method).predicted_from
    if matrix.kind not in PREDICTIONS or source is None:
        return ""
    return f"from {method_label(study, source)}: {PREDICTIONS[matrix.kind].sentence}"


def one_base_text(seeds: Sequence[int]) -> str:
    """Why nothing has an interval over seeds that share a base; empty where none do."""
    if not seeds:
        return ""
    return f"{names.seeds_named(seeds)} share a base: no interval over seeds"


def seeds_note(study: Study, found: _OverSeeds) -> str:
    """The seeds of a result, and what is to know of them before it is believed."""
    return join(seeds_of(study, found.method, found.seeds), one_base_text(found.seeds_of_one_base))


def seeds_of(study: Study, method: str, seeds: Sequence[int], other: str | None = None) -> str:
    """`3 seeds (1, 2, 3; 1 and 2 alike)`, of a method and another it is beside."""
    text = names.seeds_text(seeds, named=study.names_seeds)
    alike = alike_text(study, [one for one in (method, other) if one], seeds)
    return f"{text.removesuffix(')')}; {alike})" if alike else text


def alike_text(study: Study, methods: Iterable[str], seeds: Sequence[int]) -> str:
    """`1 and 2 alike`, in what fits on a line: two seeds may be one; empty where no two do."""
    found = {(c.first, c.second) for one in methods for c in copied_among(study, one, seeds)}
    if not found:
        return ""
    pairs = [f"{first} and {second}" for first, second in sorted(found)]
    return f"{listed(pairs, most=3)} alike"


def cut_text(intervals: Iterable[Interval]) -> str:
    """`, approximate where values are clipped (up to 3 of 12)`, behind what bars are.

    Empty where none is.
    """
    told = [one for one in intervals if one.is_approximate]
    if not told:
        return ""
    worst = max(told, key=lambda one: one.clipped / one.values)
    return f", approximate where values are clipped (up to {worst.clipped:,} of {worst.values:,})"


def missing_text(count: int, *, of_seeds: bool = False) -> str:
    """`12 missing (why: Overview, state of the data)`.

    of_seeds: they are values of single seeds, so that no cell need be empty.
    """
    what = (
        f"{numbers.counted(count, 'value')} of single seeds" if of_seeds and count else f"{count:,}"
    )
    return f"{what} missing" + (" (why: Overview, state of the data)" if count else "")


def instead_note(study: Study, shown: str, asked: str) -> str:
    """Why another method's single-source runs stand in; empty where they do not."""
    if shown == asked:
        return ""
    return (
        f"{method_label(study, asked)} has no run trained on one task alone: shown is"
        f" {method_label(study, shown)}, which predicts it."
    )


def tasks_left_out(study: Study, shown: Sequence[str]) -> str:
    """`without crossing (training instabilities)`; empty where all are there."""
    there = set(shown)
    gone = [task for task in study.tasks if task.name not in there]
    named = [task.name + (f" ({task.exclude})" if task.exclude else "") for task in gone]
    return f"without {named_or_counted(named)}" if named else ""


def named_or_counted(tasks: Sequence[str]) -> str:
    """`a, b`; of more tasks than anybody reads on a line `50 tasks`."""
    return (
        ", ".join(tasks) if len(tasks) <= NAMED_ON_A_LINE else numbers.counted(len(tasks), "task")
    )


def tasks_kept(study: Study, exclude: Sequence[str]) -> str:
    """`all 7 tasks, crossing among them`, for a figure that keeps what the manifest leaves out.

    With tasks somebody dropped: `6 of 7 tasks, without distance, with crossing`.
    """
    kept = [task for task in study.tasks if task.name not in exclude]
    back = ", ".join(task.name for task in kept if task.exclude is not None)
    if len(kept) == len(study.tasks):
        every = f"all {numbers.counted(len(kept), 'task')}"
        return f"{every}, {back} among them" if back else every
    gone = tasks_left_out(study, [task.name for task in kept])
    return f"{len(kept):,} of {numbers.counted(len(study.tasks), 'task')}, {gone}" + (
        f", with {back}" if back else ""
    )


def no_predicted_from(*, opened: bool) -> str:
    """What to do where no method is predicted by another, without a full stop.

    opened: the study is a file that was opened on the page, where nobody can say so.
    """
    if opened:
        return (
            "A file alone cannot say which method predicts another; python -m core init FILE, on"
            " the command line, writes a study.toml where `predicted_from` of a method names one"
        )
    return (
        "Name the method of the runs on one task, which may be the same, as `predicted_from` of a"
        " method in study.toml"
    )

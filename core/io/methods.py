"""Which methods a study has, and which one predicts each.

A method may be predicted from itself: its runs on one task then predict its runs on several.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.errors import listed
from core.io.files import MANIFEST
from core.io.manifest.advice import key
from core.io.problems import ProblemCollector, quoted, quoted_text
from core.study import Method, Run, Study


def all_methods(
    findings: ProblemCollector,
    declared: Sequence[Method],
    found: Iterable[str] | None,
    runs: Sequence[Run],
) -> tuple[Method, ...]:
    """The manifest's methods, then those the runs have besides, in order of appearance.

    found: None where nobody knows which methods the runs have. A method that is predicted from
    itself without runs on one task and on several is a warning, and predicted from nothing.
    """
    known = {method.name: method for method in declared}
    for name in dict.fromkeys(found or ()):
        if name not in known:
            known[name] = Method(name=name, label=name)
    both = of_both_kinds(runs)
    for method in declared:
        single, at = method.predicted_from, key("methods", method.name, "predicted_from")
        if found is None or single is None:
            continue
        if single == method.name and single not in both:
            findings.warn(
                MANIFEST,
                at,
                f"method {quoted(single)} is predicted from itself and has no runs both on one"
                " task and on several",
                "name the method of the runs on one task; it is ignored",
            )
            known[single] = replace(method, predicted_from=None)
        elif single not in known:
            findings.error(
                MANIFEST,
                at,
                f"unknown method {quoted(single)}",
                f"{findings.did_you_mean(single, known)}methods are {listed(known)}",
            )
    return tuple(known.values())


def of_both_kinds(runs: Iterable[Run]) -> tuple[str, ...]:
    """Methods with runs on one task and runs on several, bases apart, in order of appearance."""
    kinds: dict[str, set[bool]] = {}
    for run in runs:
        if not run.is_base:
            kinds.setdefault(run.method, set()).add(run.is_single_source)
    return tuple(name for name, of in kinds.items() if len(of) == 2)


def with_own_predictions(methods: Sequence[Method], runs: Sequence[Run]) -> tuple[Method, ...]:
    """Each method of both kinds predicted from itself: what a file says that nobody described."""
    both = of_both_kinds(runs)
    return tuple(
        replace(method, predicted_from=method.name) if method.name in both else method
        for method in methods
    )


def said_of_own_predictions(study: Study) -> tuple[str, ...]:
    """What is assumed of methods of both kinds; nothing where there is none."""
    both = of_both_kinds(study.runs)
    if not both:
        return ()
    its = "its" if len(both) == 1 else "their"
    return (f"of {listed(both)} {its} runs on one task predict {its} runs on several",)


def own_predictions(study: Study) -> str:
    """Sections of a manifest in which each method of both kinds is predicted from itself.

    For a study whose manifest has no section of a method; empty where no method has both kinds.
    """
    said = [f"\n# assumed: {text}" for text in said_of_own_predictions(study)]
    sections = (
        f"[{key('methods', name)}]\npredicted_from = {quoted_text(name)}"
        for name in of_both_kinds(study.runs)
    )
    return "".join(f"{line}\n" for line in (*said, *sections))

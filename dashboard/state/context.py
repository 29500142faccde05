"""What every callback works with: the studies, the cache, and one context per question."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from core.numerics.interrupt import interruptible
from core.study import Study
from dashboard.figures.parts.theme import Mode, Theme, theme
from dashboard.state.computing import COMPUTE_BUDGET_S, Limits, UnansweredError
from dashboard.state.fields import Query, quote
from dashboard.state.study_library import WAIT_S, StudyEntry, StudyLibrary
from dashboard.state.view import View, clean_query, parse_view

if TYPE_CHECKING:
    from core.analyses.analysis import Analysis
    from core.analyses.analysis import Query as AnalysisQuery
    from core.cache.result_cache import ResultCache
    from core.similarity.store import SimilarityStore
    from core.similarity.sweep import KeyValueStore


R = TypeVar("R")

log = logging.getLogger(__name__)

DIGEST = "digest"
"""In a link: the beginning of the digest of the study it was made from."""
LINK_DIGEST = 12
"""So many of its digits; *Copy link* in assets/js/state/sharing.js adds them."""


class NothingToShow(Exception):  # noqa: N818  (not an error: the page shows the problems instead)
    """The study asked for cannot be read, or has no runs: no figure has anything to show."""


@dataclass(frozen=True)
class ResolvedQuery:
    """What a query asks for.

    view: None where the study cannot be read or has nothing to show. notices: what fell back.
    doubts: the notices that tell why these may be other numbers than a link meant.
    """

    entry: StudyEntry
    view: View | None
    notices: tuple[str, ...]
    doubts: tuple[str, ...] = ()

    @property
    def no_file(self) -> str:
        """Why no file is made, which shows no notice where it is read; empty where one is."""
        return " ".join(("No file is made of what may not be meant.", *self.doubts)) * bool(
            self.doubts
        )


@dataclass(frozen=True)
class ViewContext:
    """One readable study, what to show of it, and in which colours.

    opened: it was opened on the page, which is where more can be added to it.
    """

    study: Study
    view: View
    theme: Theme
    opened: bool = False


class AppContext:
    """The studies and the results on disk, shared by all callbacks of a process.

    compute_budget_s: seconds, by estimate, that a figure may compute similarity of models
    store: where sweeps leave what they find, None = in the cache
    limits: what else may be computed while somebody waits, None = anything
    """

    def __init__(
        self,
        library: StudyLibrary,
        cache: ResultCache,
        *,
        compute_budget_s: float = COMPUTE_BUDGET_S,
        store: KeyValueStore | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.library = library
        self.cache = cache
        self.store: KeyValueStore = store or cache
        self.compute_budget_s = compute_budget_s
        self.limits = limits

    def fetch(
        self,
        analysis: Analysis[R],
        study: Study,
        *queries: AnalysisQuery,
        seconds: float | None = None,
    ) -> R:
        """The result of an analysis, from the cache where it is there.

        seconds: by estimate, that it may take; None = so long as a figure may, which a job makes.
        Raises what the analysis raises; SweepNeededError and ComputationNeededError where it would
        take too long; what `Limits.admit` raises.
        """
        if self.limits is None:
            return self.compute(analysis, study, *queries)
        found = self.cache.find(analysis, study, *queries)
        if found is not None:
            return found
        if analysis.needs is not None:
            # Weighed by itself: a click on a cell waits for nobody's question once that is there.
            self.fetch(analysis.needs, study, *analysis.needs_of(*queries), seconds=seconds)
        reading = self.library.reading_seconds(study)
        limits = self.limits if seconds is None else replace(self.limits, seconds=seconds)
        admitted = limits.admit(analysis, study, queries, reading=reading)
        with admitted, interruptible(self.limits.check):
            return self.cache.make(analysis, study, *queries, stored=self._stored(study))

    def compute(self, analysis: Analysis[R], study: Study, *queries: AnalysisQuery) -> R:
        """The same, however long it takes. Raises what the analysis raises, SweepNeededError."""
        return self.cache.fetch(analysis, study, *queries, stored=self._stored(study))

    def _stored(self, study: Study) -> SimilarityStore | None:
        """Where similarity of models is, of a study that has any to compute."""
        from core.similarity.sweep import stored_similarities

        return stored_similarities(study, self.store, compute_budget_s=self.compute_budget_s)

    def resolve(self, query: Query, *, wait_s: float = WAIT_S) -> ResolvedQuery:
        """The study and the view a query asks for; what had to fall back is in the notices.

        wait_s: seconds that a study is waited for while another thread reads it
        """
        entry, doubts = self._entry(query, wait_s)
        if entry.study is None:
            return ResolvedQuery(entry, None, doubts, doubts)
        view, fallen = parse_view(query, entry.study)
        return ResolvedQuery(entry, view, (*doubts, *fallen), doubts)

    def _entry(self, query: Query, wait_s: float) -> tuple[StudyEntry, tuple[str, ...]]:
        """The study a query asks for, and why it may be another, or not what it was."""
        slug, made_from = ((query.get(key) or [""])[0] for key in ("study", DIGEST))
        entry = self.library.find(slug, wait_s=wait_s) if slug else None
        if entry is None and slug:
            meant = self.library.once_called(slug)
            same = [one for one in meant if made_from and one.is_of(made_from)]
            if len(meant) == 1 or len(same) == 1:
                entry = (same or list(meant))[0]
            elif meant:
                entry = meant[0]
                return entry, (
                    f"{len(meant)} studies here were called {quote(slug)}, and the link does not"
                    f" say which it means: {entry.title} is shown, as {entry.slug}.",
                )
        if entry is None:
            entry = self._first(wait_s)
            if slug:
                return entry, (f"There is no study of that name here: {entry.title} is shown.",)
        if made_from and not entry.reading and not entry.is_of(made_from):
            return entry, (
                "The files of this study have changed since the link was made: it was made from the"
                f" digest {quote(made_from)}, now it is {entry.version[:LINK_DIGEST]}.",
            )
        return entry, ()

    def view_context(self, figure_input: object) -> ViewContext:
        """What a figure's input asks for.

        Raises NothingToShow where there is nothing, what `Limits.weigh` raises.
        """
        data = figure_input if isinstance(figure_input, Mapping) else {}
        asked = self.resolve(clean_query(data.get("query")))
        if asked.entry.study is None or asked.view is None:
            raise NothingToShow
        if self.limits is not None:
            self.limits.weigh(asked.entry.study)
        mode = data.get("mode")
        return ViewContext(
            study=asked.entry.study,
            view=asked.view,
            theme=theme(mode if mode in list(Mode) else Mode.LIGHT, asked.view.style),
            opened=asked.entry.opened,
        )

    def _first(self, wait_s: float) -> StudyEntry:
        """The first study that can be read, or may turn out so; the first of all where none can."""
        for seconds in (0.0, wait_s):
            entries = self.library.entries(wait_s=seconds)
            entry = next((entry for entry in entries if entry.study or entry.reading), entries[0])
            if not entry.reading:
                break
        return entry


def log_failure(what: str, error: BaseException) -> str:
    """Log an unexpected exception in full; returns the reference number to show instead.

    Raises UnansweredError again, which is no failure: the server says what it means.
    """
    if isinstance(error, UnansweredError):
        raise error
    reference = secrets.token_hex(4)
    log.error("%s failed, reference %s", what, reference, exc_info=error)
    return reference

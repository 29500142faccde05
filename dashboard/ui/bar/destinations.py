"""What *Go to* finds: tabs, tasks, groups, pairs, methods and studies, by words of their names.

Tabs are found by what they are about, too: who asks who gives most knows no name of a tab.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from core.study import Study, Task
from dashboard.state.fields.keys import Key
from dashboard.state.fields.network import Folding
from dashboard.state.study_library import StudyEntry
from dashboard.text import names
from dashboard.text.numbers import counted
from dashboard.ui.ids import Id
from dashboard.ui.page import Page

MOST = 12
"""So many are listed; who sees too many types another word."""
LONGEST = 200
"""Characters of what is typed that are looked at."""
MOST_WORDS = 12
"""So many are looked for: each in every name, and each may part a source from a target."""
SIDE = 8
"""Sources, and targets, of which pairs are made: those that fit best."""
SHORTEST_KEYWORD = 3
"""Letters of a word that keywords of tabs are looked up by: `is` begins too much."""
KEYWORD_FIT = 2.5
"""Names that a word begins come before tabs that are about it, names that only hold it after."""
METHODS_TAB = "transfer"
"""Where a method is shown that the open tab cannot draw."""
GROUPS_TAB = "network"
"""Where a group of tasks is one node, which opens."""

_ARROW = re.compile(r"\s*(?:→|⇒|->|=>|>)\s*")
_BREAK = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Destination:
    """One thing to go to.

    query: the keys of the address that change; a study keeps none of the others. href: of a page
    beside the dashboard, in place of a query.
    """

    kind: str
    title: str
    note: str = ""
    query: dict[str, list[str]] = field(default_factory=dict)
    href: str = ""


@dataclass(frozen=True)
class Place:
    """Where somebody is who looks for something: the tab open, and its study, if it can be read."""

    page: Page
    study: Study | None
    slug: str


Found = tuple[float, Destination]


def destinations(
    text: str,
    place: Place,
    pages: Sequence[Page],
    entries: Iterable[StudyEntry],
    more: Iterable[Destination] = (),
) -> list[Destination]:
    """What fits all the words typed, the likeliest first; without a word the tabs and methods.

    Where nothing fits all of them, tabs and methods that fit one: what is typed may be a question.
    more: what else there is to go to, by its title.
    """
    text = text[:LONGEST]
    words = _words(text)
    tabs, methods = list(_tabs(place, pages)), list(_methods(place))
    found = _fitting_tabs(words, tabs)
    for one in (*methods, *more, *_studies(place, entries)):
        fit = _fit(words, (one.title, one.note))
        if fit is not None:
            found.append((fit, one))
    if place.study is not None and words:
        tasks = place.study.tasks
        found += _groups(words, place.study, tabs)
        found += [(fit, _task(task)) for fit, task in _tasks(words, tasks)]
        found += _pairs(text, words, place.study)
    if not found:
        found = _fitting_one(words, tabs, methods)
    # Sorting keeps what fits alike in the order above.
    return [one for _, one in sorted(found, key=lambda pair: pair[0])][:MOST]


def _tabs(place: Place, pages: Sequence[Page]) -> Iterator[tuple[Page, Destination]]:
    for page in pages:
        if place.study is None or page.shows(place.study):
            yield page, Destination("tab", page.title, query={"tab": [page.name]})


def _fitting_tabs(words: Sequence[str], tabs: Iterable[tuple[Page, Destination]]) -> list[Found]:
    """Tabs whose title all words fit, or whose keywords they begin."""
    found = []
    for page, tab in tabs:
        fit = _fit(words, (page.title,))
        if words and all(_is_about(page, word) for word in words):
            fit = min(KEYWORD_FIT if fit is None else fit, KEYWORD_FIT)
        if fit is not None:
            found.append((fit, tab))
    return found


def _is_about(page: Page, word: str) -> bool:
    return len(word) >= SHORTEST_KEYWORD and any(key.startswith(word) for key in page.keywords)


def _fitting_one(
    words: Sequence[str],
    tabs: Sequence[tuple[Page, Destination]],
    methods: Iterable[Destination],
) -> list[Found]:
    """Tabs and methods that a single one of the words fits, by its beginning or as a whole."""
    best: dict[int, Found] = {}
    called = [(method, (method.title, method.note)) for method in methods]
    for word in words:
        near = [one for one in _fitting_tabs([word], tabs) if len(word) >= SHORTEST_KEYWORD]
        near += [(0.0, method) for method, its_names in called if _fit([word], its_names) == 0.0]
        for fit, one in near:
            if fit <= KEYWORD_FIT and fit < best.get(id(one), (math.inf, one))[0]:
                best[id(one)] = fit, one
    return list(best.values())


def _methods(place: Place) -> Iterator[Destination]:
    if place.study is None:
        return
    single = {method.name for method in place.study.single_source_methods}
    for method in place.study.tested_methods:
        page = place.page
        draws = Id.METHOD in page.groups and (method.name in single or not page.single_sources)
        tab = page.name if draws else METHODS_TAB
        note = "" if method.label.casefold() == method.name.casefold() else method.name
        yield Destination("method", method.label, note, {"method": [method.name], "tab": [tab]})


def _studies(place: Place, entries: Iterable[StudyEntry]) -> Iterator[Destination]:
    for entry in entries:
        if entry.slug != place.slug:
            query = {"study": [entry.slug], "tab": [place.page.name]}
            yield Destination("study", entry.title, entry.slug, query)


def _groups(
    words: Sequence[str], study: Study, tabs: Iterable[tuple[Page, Destination]]
) -> Iterator[Found]:
    """Groups of tasks, each as the opened one among the others in the graph, where that is."""
    if len(study.groups) < 2 or GROUPS_TAB not in {page.name for page, _ in tabs}:
        return
    sizes = Counter(task.group for task in study.tasks)
    for group in study.groups:
        fit = _fit(words, (group,))
        if fit is not None:
            opened = {Key.FOLD.value: [Folding.GROUPS.value], Key.OPENED.value: [group]}
            query = {"tab": [GROUPS_TAB], **opened}
            yield fit, Destination("group", group, counted(sizes[group], "task"), query)


def _task(task: Task) -> Destination:
    note = "" if task.label == task.name else task.label
    return Destination("task", task.name, note, {"select": [task.name]})


def _tasks(words: Sequence[str], tasks: Iterable[Task]) -> list[tuple[float, Task]]:
    found = []
    for task in tasks:
        fit = _fit(words, (task.name, task.label))
        if fit is not None:
            found.append((fit, task))
    return sorted(found, key=lambda pair: pair[0])


def _pairs(text: str, words: tuple[str, ...], study: Study) -> Iterator[Found]:
    """Pairs X→Y whose source fits the first words and whose target the others."""
    sides = _ARROW.split(text, maxsplit=1)
    if len(sides) == 2:
        splits = [(_words(sides[0]), _words(sides[1]))]
    else:
        splits = [(words[:i], words[i:]) for i in range(1, len(words))]
    trained = frozenset[str]().union(*study.sources_alone.values())
    best: dict[tuple[str, str], float] = {}
    for first, second in splits:
        sources = [one for one in _tasks(first, study.tasks) if one[1].name in trained][:SIDE]
        targets = _tasks(second, study.tasks)[:SIDE]
        for source_fit, source in sources:
            for target_fit, target in targets:
                pair = source.name, target.name
                # What a pair could be called is longer than what a task is.
                fit = max(source_fit, target_fit) + 0.5
                best[pair] = min(fit, best.get(pair, fit))
    for (source_name, target_name), fit in best.items():
        title = names.in_words((source_name,), target_name)
        yield fit, Destination("pair", title, query={"select": [source_name, target_name]})


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in _BREAK.split(_plain(text)) if word)[:MOST_WORDS]


def _plain(text: str) -> str:
    """Without accents, and capitals like small letters."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def _fit(words: Sequence[str], called: Iterable[str]) -> float | None:
    """How far the words are from one of the names: 0 is the name itself; None = they do not fit."""
    fits = [fit for name in called if name and (fit := _distance(words, _plain(name))) is not None]
    return min(fits, default=None)


def _distance(words: Sequence[str], name: str) -> float | None:
    if not words:
        return 0.0
    parts = [part for part in _BREAK.split(name) if part]
    if list(words) == parts:
        return 0.0
    each = []
    for word in words:
        if name.startswith(word):
            each.append(1.0)
        elif any(part.startswith(word) for part in parts):
            each.append(2.0)
        elif word in name:
            each.append(3.0)
        elif len(word) > 1 and _in_order(word, name):
            each.append(4.0)
        else:
            return None
    # Of two that begin alike, the shorter is nearer to what was typed.
    return max(each) + min(len(name), 100) / 1000


def _in_order(word: str, name: str) -> bool:
    """Whether the letters of a word stand in a name, in their order."""
    signs = iter(name)
    return all(sign in signs for sign in word)

"""What a field is: one key of the address, and the control for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from core.analyses.pairs.filtering import Filter, SortKey
from core.errors import one_line
from core.evaluations import Checkpoint
from core.study import Study

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
NO_COMPARISON = "–"
"""What an `optional` control stands at where nothing is chosen."""
_LONGEST_QUOTE = 40


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
    """How a control looks in the rail; a store has no looks, something on a page sets it.

    A checklist has a few fixed choices, `ticks` are a list of any length (ticks.js).
    """

    SELECT = "select"
    RADIO = "radio"
    CHECKLIST = "checklist"
    TICKS = "ticks"
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
    what it is. group: what it is one of.
    """

    value: str | int
    label: str
    hint: str = ""
    reason: str = ""
    about: str = ""
    group: str = ""


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
    others: methods of the other studies that are open, where the page looks at them. kept_in: where
    on the page the tasks the manifest excludes are in all the same. ignored: controls that it does
    not look at now. assumed: nobody told that higher is better.
    """

    study: Study
    view: View
    groups: Sequence[str]
    leaves_out: bool = True
    single_sources: bool = False
    others: Sequence[Choice] = ()
    kept_in: str = ""
    ignored: Collection[str] = ()
    assumed: bool = False

    @property
    def kept_out(self) -> set[str]:
        """The tasks that are listed apart here, to be brought back."""
        return {task.name for task in self.study.excluded} if self.leaves_out else set()


@dataclass
class FieldReader:
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


def first_of(flags: Sequence[Flag], given: Mapping[str, Any]) -> list[str]:
    """The values of the first flag, as text."""
    value = given.get(flags[0].name)
    if isinstance(value, tuple):
        return [str(one) for one in value]
    return [] if value in (None, "") else [str(value)]


@dataclass(frozen=True, kw_only=True)
class Field(Generic[T]):
    """One key of the address, and the control for it.

    key: in the address; empty where another field's key says this, too. id: of the control in the
    page, the key where nothing else is said. parse: the value out of what is asked for, with a
    notice for what is not in the study.
    write: the values of a view in the address, all texts, where they are not the value's own; one
    empty text stands for none. shorten: the same in fewer values, of a study that is at hand.
    default: of a view that is made without it. kind, look, label, help, about: of the control;
    help is an entry of the glossary, about what its button is named after. options: what can be
    chosen; fixed: the same choices for every study. empty: what a chooser says with none chosen.
    hidden: there is no choice to make. tells: what is chosen is told in a sentence
    (`Choice.about`) below the control.
    within: the field whose group in the rail the control stands in, where it has none of its own.
    shown: what the line "Shown" says where the page has the group, empty for nothing.
    reach: what depends on it. arranges: other controls depend on it. flags: of the export
    commands, and given: what their values are in the address.
    """

    key: str
    id: str = ""
    parse: Callable[[FieldReader], T]
    write: Callable[[View], list[str]] | None = None
    shorten: Callable[[Study, list[str]], list[str]] | None = None
    default: T
    kind: Kind = Kind.ONE
    look: Look = Look.SELECT
    label: str = ""
    help: str = ""
    about: str = ""
    options: Callable[[Offer], Sequence[Choice]] = _nothing
    empty: str = "no task"
    fixed: Callable[[], Sequence[Choice]] = tuple
    hidden: Callable[[Offer], bool] = _never
    tells: bool = False
    within: str = ""
    shown: Callable[[Offer], str] | None = None
    reach: Reach = Reach.NAMED
    arranges: bool = True
    flags: tuple[Flag, ...] = ()
    given: Callable[[Sequence[Flag], Mapping[str, Any]], list[str]] = first_of
    name: str = field(default="", init=False)

    def __post_init__(self) -> None:
        """Where nothing is said of the control's id, it is the key."""
        object.__setattr__(self, "id", self.id or self.key)

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
        return "data" if self.look in (Look.STORE, Look.TICKS) else "value"

    @property
    def offers(self) -> bool:
        """Whether what can be chosen depends on the study."""
        return self.options is not _nothing

    @property
    def grouped(self) -> bool:
        """Whether it has a group of its own in the rail."""
        return bool(self.key) and self.look is not Look.STORE and not self.within

    def written(self, view: View) -> list[str]:
        """The values of a view in the address."""
        if self.write is not None:
            return self.write(view)
        value = getattr(view, self.name)
        if isinstance(value, tuple):
            return [str(one) for one in value] or [""]
        return ["" if value is None else str(value)]

    def standing(self, view: View, choices: Sequence[Choice]) -> Any:
        """What the control stands at; `auto` is the page's to say."""
        written = self.written(view)
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
        written = self.written(offer.view)
        labels = {str(choice.value): choice.label for choice in self.fixed() or self.options(offer)}
        words = ", ".join(labels.get(text, text) for text in written)
        return f"{self.label[:1].lower()}{self.label[1:]}: {words}"


def one_of(
    key: str, kind: type[E], default: E, what: str, shown: str
) -> Callable[[FieldReader], E]:
    """Reads one value of an enum."""

    def parse(asked: FieldReader) -> E:
        text = asked.one(key)
        if text is None or text in set(kind):
            return kind(text) if text else default
        asked.fell_back(what, text, shown)
        return default

    return parse


def step_of(asked: FieldReader, key: str, there: Sequence[int], what: str) -> Checkpoint:
    """Reads a checkpoint of those that are there; the last where it is none."""
    text = asked.one(key)
    if text is None or text == LAST:
        return "last"
    steps = {str(step): step for step in there}
    if text not in steps:
        asked.fell_back(what, text, "the last one")
    return steps.get(text, "last")


def step_choices(
    steps: Sequence[int],
    notes: Mapping[Checkpoint, str] = MappingProxyType({}),
    *,
    last: str = "",
) -> Sequence[Choice]:
    """The last checkpoint, then all there are, latest first; notes: what else to say of one.

    last: which the last ones are, where that is not the last of all.
    """
    which = last or (f"{steps[-1]:,}" if steps else "")

    def noted(label: str, step: Checkpoint) -> str:
        return f"{label} · {notes[step]}" if notes.get(step) else label

    return [
        Choice(LAST, noted(f"last ({which})" if which else "last", "last")),
        *[Choice(str(step), noted(f"{step:,}", step)) for step in reversed(steps)],
    ]


def say_nothing(_: Offer) -> str:
    """Of a field that the line "Shown" leaves out."""
    return ""

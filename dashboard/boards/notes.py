"""Notes and texts of boards: Markdown as HTML in which nothing runs and nothing is fetched."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_TAGS = frozenset(
    (
        *("p", "br", "hr", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li"),
        *("a", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
    )
)
_DEEPER = {f"h{level}": f"h{min(level + 2, 6)}" for level in range(1, 7)}


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def note_html(text: str) -> str:
    """Markdown as safe HTML: no HTML of the author's, no pictures, links to http and mail alone.

    Headings begin below those of the page.
    """
    import nh3

    markdown = _markdown()
    tokens = markdown.parse(text)
    for token in tokens:
        token.tag = _DEEPER.get(token.tag, token.tag)
    made = markdown.renderer.render(tokens, markdown.options, {})
    return nh3.clean(
        made,
        tags=set(_TAGS),
        attributes={"a": {"href", "title"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )

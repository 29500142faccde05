"""Notes: Markdown in, HTML out in which nothing runs."""

from __future__ import annotations

import pytest

from dashboard.boards.notes import note_html


def test_markdown_is_understood():
    made = note_html(
        "# Why\n\n*so* **much**, see [here](https://example.org)\n\n- one\n\n|a|\n|-|\n|b|"
    )
    for part in (
        "<h3>Why</h3>",
        "<em>so</em>",
        "<strong>much</strong>",
        "<li>one</li>",
        "<td>b</td>",
    ):
        assert part in made
    assert 'href="https://example.org"' in made
    assert "noopener" in made


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://example.org/x.png)",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,AAAA)",
        "<a href='javascript:alert(1)'>x</a>",
        '[x](https://a "\\" onmouseover=\\"alert(1)")',
        "<style>*{display:none}</style>",
    ],
)
def test_nothing_runs_and_nothing_is_fetched(text):
    made = note_html(text)
    for bad in ("<script", "<img", "<style", 'href="javascript', 'href="data:', 'onmouseover="'):
        assert bad not in made

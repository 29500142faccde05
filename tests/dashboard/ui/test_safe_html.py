"""Components as HTML in which nothing runs."""

from __future__ import annotations

from dash import dcc, html

from dashboard.ui.facts import select_button
from dashboard.ui.help import help_button
from dashboard.ui.safe_html import INERT, safe_html

HOSTILE = '"><img src=x onerror=alert(1)>'


def test_components_become_html_that_does_nothing():
    text = safe_html(
        [
            html.P(["a < b", html.Span("quiet", className="quiet")], className="note"),
            html.Button("Select", id="x", **{"data-select": "y"}),
            html.A("out", href="javascript:alert(1)"),
            html.Img(src="x"),
            help_button("net", "net"),
            html.Td("1", colSpan=2, title='"><script>'),
            html.Ol(html.Li("second"), start="2"),
            html.P("gone", hidden=True),
            None,
            3,
        ],
        INERT,
    )
    assert text == (
        '<p class="note">a &lt; b<span class="quiet">quiet</span></p>Select out  '
        '<td colspan="2" title="&quot;&gt;&lt;script&gt;">1</td><ol start="2"><li>second</li></ol>3'
    )


def test_a_part_of_the_page_keeps_its_buttons_and_what_scripts_read():
    text = safe_html(
        [
            select_button([HOSTILE, "b"], HOSTILE),
            html.Details([html.Summary("More"), html.Code("a&b")], open=True),
            html.Img(src="data:image/svg+xml;utf8,<svg/>", alt=HOSTILE),
            html.Th("x", scope="col", tabIndex="0", **{"aria-label": HOSTILE}),
        ]
    )
    assert "<img src=x" not in text
    assert text.count("&quot;&gt;&lt;img src=x onerror=alert(1)&gt;") >= 3
    assert '<details open=""><summary>More</summary><code>a&amp;b</code></details>' in text
    assert 'type="button"' in text
    assert 'data-select="[' in text
    assert "data:image/svg+xml;utf8,&lt;svg/&gt;" in text
    assert 'tabindex="0"' in text


def test_nothing_else_has_a_way_into_the_page():
    text = safe_html(
        [
            html.A("link", href="javascript:alert(1)"),
            html.Img(src="https://example.org/x.png"),
            html.Img(src="data:text/html,<script>"),
            html.Iframe(srcDoc="<script>"),
            html.Div("styled", style={"background": "url(//x)"}, **{"data-onclick": "x"}),
            html.P("classes", className='a" onclick="x'),
            dcc.Markdown("<script>alert(1)</script>", dangerously_allow_html=True),
        ]
    )
    for never in ("<a", "javascript:", "example.org", "text/html", "<iframe", "<script", "style="):
        assert never not in text
    assert 'onclick="x"' not in text.replace('data-onclick="x"', "")

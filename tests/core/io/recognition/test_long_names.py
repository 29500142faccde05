"""Names of 90 letters are told by their beginning; options to type with such a name stay whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.errors import RequestError
from core.io.recognition import recognize

NAME = "long_" * 18
CUT = f"{NAME[:80]}…"
ROWS = "source,target,"
PAIRS = "A,B,{0}\nB,A,{0}\n"


def asked(tmp_path: Path, text: str, **how: object) -> str:
    path = tmp_path / "r.csv"
    path.write_text(text)
    with pytest.raises(RequestError) as caught:
        recognize(path, **how)  # type: ignore[arg-type]
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "how", "sentence"),
    [
        (f"{ROWS}{NAME}\n" + PAIRS.format(1), {"mapped": {"score": "x"}}, "columns are"),
        (f"{ROWS}acc\n" + PAIRS.format(1), {"mapped": {"x": NAME}}, "words are"),
        (f"{ROWS}acc\n" + PAIRS.format(1), {"mapped": {"score": NAME}}, "columns are"),
        (f"{ROWS}acc\n" + PAIRS.format(1), {"where": {NAME: NAME}}, "columns are"),
        (f"{ROWS}acc\nA,{NAME},1\n", {"where": {"target": NAME + "x"}}, "no such row"),
        (f"{ROWS}{NAME}\n" + PAIRS.format(0.5), {"mapped": {"seed": NAME}}, "not a whole number"),
        (
            f"source,{NAME},acc\nA,B,1\nB,A,1\n",
            {"mapped": {"sources": NAME, "target": NAME}},
            "cannot be both",
        ),
        (f"{NAME},acc\nab,1\nba,2\n", {"mapped": {"{sources}-{target}": NAME}}, "not all of"),
        (f"{NAME},1,2\nx,1,y\nz,2,w\n", {}, "no header but"),
        (f"a,{NAME},c\nx,y,z\nx,y,w\n", {}, "no column for"),
        (f"{ROWS}score\nA,B,{NAME}\n", {}, "not a number"),
        (
            f"{ROWS}{NAME}1,{NAME}2\n" + PAIRS.format("0.1,0.2"),
            {},
            "columns that differ in a number",
        ),
        (f"{ROWS}{NAME}a,{NAME}b\n" + PAIRS.format("0.1,0.2"), {}, "several columns may be"),
        (f",{NAME},{NAME},B\n{NAME},1,2,3\nB,1,2,3\n", {}, "two columns"),
        (f"source,A,A,B\ntarget,A,B,A\n{NAME}acc,0.9,0.4,0.3\n", {}, "on its side"),
        (
            f"trained,eval/{NAME}/f1,eval/B/f1\nA,1,2\nB,3,4\n",
            {"mapped": {"score": "test/{target}/f1"}},
            "columns of numbers are",
        ),
    ],
)
def test_a_long_name_is_cut_where_something_is_asked_about_it(tmp_path, text, how, sentence):
    told = asked(tmp_path, text, **how)
    assert sentence in told
    # What is said to be typed is whole, or it would not do.
    assert NAME not in re.sub(r"name one with --map \S+|all of them with --map \S+", "", told)
    assert "…" in told
    if "name one" in told:
        assert re.search(rf"name one with --map score={NAME}\w", told)


def test_a_long_name_is_cut_where_it_was_understood(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text(f"{ROWS}accuracy,metric\nA,B,0.1,{NAME}\nB,A,0.2,{NAME}x\n")
    told = "\n".join(recognize(path).assumed)
    assert f"rows with metric = {CUT} count; there is {CUT}, too: --where metric={NAME}x" in told

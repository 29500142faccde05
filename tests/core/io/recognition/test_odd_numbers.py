"""Numbers that stand for something else."""

from __future__ import annotations

import pytest

from core.errors import RequestError
from tests.core.io.recognition.test_forms import read, written


@pytest.mark.parametrize("sign", [".", ","])
def test_thousands_that_a_sign_may_part_are_asked_about(tmp_path, sign):
    text = f"source;target;perplexity\nA;A;987\nA;B;1{sign}234\nB;A;12{sign}345\nB;B;850\n"
    with pytest.raises(RequestError, match=rf"1\{sign}234 beside 987, .* parted thousands"):
        read(written(tmp_path / "r.csv", text))


@pytest.mark.parametrize(
    "numbers",
    [
        ("987.000", "1.234", "12.345", "850.000"),
        ("0.987", "1.234", "0.345", "1"),
        ("987", "1.2", "12.345", "850"),
        ("1", "1.234", "1.345", "2"),
    ],
)
def test_numbers_of_three_digits_behind_the_point_are_what_they_are(tmp_path, numbers):
    pairs = ("A;A", "A;B", "B;A", "B;B")
    text = "".join(f"{p};{v}\n" for p, v in zip(pairs, numbers, strict=True))
    _, found = read(written(tmp_path / "r.csv", f"source;target;perplexity\n{text}"))
    assert [*found["scores"].values()] == [*map(float, numbers)]


@pytest.mark.parametrize("odd", ["-1", "-999", "9999", "-1.0"])
@pytest.mark.parametrize(
    "form",
    [
        ",A,B,C\nA,{x},.4,.3\nB,.3,{x},.2\nC,.1,.5,.7\n",
        "source,target,acc\nA,B,{x}\nB,A,.4\nB,B,.5\nA,A,{x}\n",
    ],
)
def test_a_number_far_from_all_others_is_asked_about(tmp_path, odd, form):
    path = written(tmp_path / "r.csv", form.format(x=odd))
    report, _ = read(path, "--metric", "accuracy")
    question = f'whether {odd}, 2 times, stands for no number: missing = ["{odd}"] under'
    assert [one for one in report["unknown"] if one.startswith(question)]


@pytest.mark.parametrize("values", [("-1", "-0.5", "0.3"), ("-1", "500", "800")])
def test_a_number_among_others_of_its_kind_is_none(tmp_path, values):
    text = ",A,B\nA,1,{}\nB,{},{}\n".format(*values)
    report, _ = read(written(tmp_path / "r.csv", text), "--metric", "score")
    assert not any("stands for no number" in one for one in report["unknown"])

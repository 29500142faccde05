"""Logs of a training, which are told from tables: what a line means only its writer knows."""

from __future__ import annotations

import re

from core.io.dialects.raw_table import DialectError

LOOKED_AT = 200_000
"""Characters from the beginning that are looked at."""
LONGEST_LINE = 500
_MEASURES = (
    "accuracy", "acc", "loss", "f1", "auc", "auroc", "error", "err", "score", "reward", "return",
    "bleu", "wer", "mse", "rmse", "mae", "r2", "perplexity", "ppl", "precision", "recall", "map",
    "iou", "dice",
)  # fmt: skip
_MEASURED = re.compile(
    rf"(?i)(?<![^\W\d_])(?:{'|'.join(_MEASURES)})(?:@\d+)?['\"]?"
    r"(?:\s{0,4}(?:[=:]|→|->)\s{0,4}|\s{1,4}(?:(?:is|of)\s{1,4})?)\(?[-+]?\d*\.?\d"
)
_LINE = re.compile(
    r"(?i)^\s*(?:\[?\d{4}[-/.]\d\d[-/.]\d\d[T ,]+\d\d:\d\d|\[?\d\d:\d\d:\d\d"
    r"|\[?(?:INFO|DEBUG|WARNING)\b"
    r"|\[?(?:epoch|step|iter|iteration|round|episode)\b\s*[:=#\[]?\s*\d+|[{>])"
    r"|\b(?:epoch|step|iter|iteration)\b\s*[:=]?\s*\d+"
)


def refuse_log(text: str) -> None:
    """Raises DialectError, with what to write instead, where a text is the log of a training."""
    head = text[:LOOKED_AT].splitlines()
    lines = [line[:LONGEST_LINE] for line in head if line.strip()][:2000]
    # Most are tables, whose lines name no measure: to ask each of them is a third of their reading.
    folded = "\n".join(lines).casefold()
    if 4 * sum(map(folded.count, _MEASURES)) < len(lines):
        return
    told = [line for line in lines if _LINE.search(line) and _MEASURED.search(line)]
    if len(told) < 2 or 4 * len(told) < len(lines):
        return
    number = next(i for i, line in enumerate(head, start=1) if line[:LONGEST_LINE] == told[0])
    raise DialectError(
        "the log of a training, which is not read: what its lines mean only you know",
        "write a table with a row for each result at the end, such as"
        " source,target,accuracy and below it A,B,0.83",
        f"line {number}",
    )

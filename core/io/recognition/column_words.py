"""What a column's name tells: which way is better, a spread, an average, a split."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from core.errors import listed
from core.io.sources import usual_word

ERRORS = frozenset(
    [
        "error",
        "err",
        "mse",
        "rmse",
        "mae",
        "loss",
        "wer",
        "cer",
        "perplexity",
        "ppl",
        "nmse",
        "mape",
        "brier",
        "distance",
        "nll",
        "regret",
        "fehler",
        "fid",
        "ece",
        "ter",
        "eer",
        "bpc",
        "bpb",
        "logloss",
        "crps",
        "risk",
        "nrmse",
        "smape",
        "entropy",
    ]
)
SHARES = frozenset(
    [
        "accuracy",
        "acc",
        "f1",
        "auc",
        "auroc",
        "precision",
        "recall",
        "iou",
        "miou",
        "dice",
        "em",
        "map",
        "mrr",
        "ndcg",
        "uas",
        "las",
        "top1",
        "genauigkeit",
        "exactitude",
    ]
)
SCORES = frozenset(
    [
        "score",
        "reward",
        "return",
        "r2",
        "bleu",
        "rouge",
        "correlation",
        "spearman",
        "pearson",
        "mcc",
        "kappa",
        "performance",
        "gain",
        "improvement",
        "transfer",
    ]
)
STANDARD = frozenset(["id", "standard", "in", "iid", "indist", "source", "seen"])
SHIFTED = frozenset(["ood", "shifted", "out", "shift", "oodist", "target", "unseen"])
NOT_SCORES = re.compile(
    r"^(n|num|count|size|std|sd|stderr|se|var|id|index|len)(_|$)|_(std|sd|stderr|se)$"
)
_SPREAD = re.compile(
    r"(.*?)(?<![\s_\-./(])[\s_\-./(]*+(?:std|sd|stdev|std_?err|stderr|se|sem|ci|ci95|var|variance|±|\+/-|n|count)\)?",
    re.IGNORECASE,
)
AVERAGES = frozenset(
    ["avg", "avg.", "average", "mean", "overall", "macro_avg", "micro_avg", "ø", "std", "median"]
)
METRIC_COLUMNS = ("metric", "metrics", "measure", "metric_name", "eval_metric", "measure_name")
LONGEST_NAME = 200
"""Characters of a column's name that is looked at closely."""


def direction_of(column: str) -> str | None:
    """`error`, `accuracy` or `score`, as a column's name tells; None where it does not."""
    lower = column.lower()
    if re.search(r"↓|lower[ _]is[ _]better|lower[ _]better|\bmin\b", lower):
        return "error"
    if re.search(r"↑|higher[ _]is[ _]better|higher[ _]better", lower):
        return "score"
    parts = usual_word(column).split("_")
    if re.match(r"(?:1|one)\s*(?:-|−|minus)", lower) or parts[0] in ("neg", "negative", "minus"):
        # 1-wer, neg_loss: what is turned round goes the other way.
        return "score" if any(part in ERRORS for part in parts) else None
    for words, metric in ((ERRORS, "error"), (SHARES, "accuracy"), (SCORES, "score")):
        if any(part in words for part in parts):
            return metric
    return None


def is_spread(name: str, names: Collection[str]) -> bool:
    """A column of the standard deviations of another one: A_std beside A."""
    match = _SPREAD.fullmatch(name) if len(name) <= LONGEST_NAME else None
    return bool(match and match[1] and match[1] in names and match[1] != name)


def split_of(name: str) -> tuple[str, str] | None:
    """Task and split of a column's name: distance_ood."""
    match = re.fullmatch(r"(.+)[_\-.](\w+?)", name)
    if match and match[2].lower() in STANDARD | SHIFTED:
        return match[1], match[2]
    return None


def averages(names: Sequence[str]) -> list[str]:
    """Names that are an average over others and no task, where there are others."""
    found = [n for n in dict.fromkeys(names) if usual_word(n) in AVERAGES]
    return found if len({*names}) - len(found) > 1 else []


def said_of_sign(sign: str) -> tuple[str, ...]:
    """What is assumed where a sign joins names; nothing where none does."""
    return (f"{sign.strip()} joins the names of a training set",) if sign else ()


def said_of_averages(names: Sequence[str]) -> tuple[str, ...]:
    """What is assumed of names that are left out; nothing where none are."""
    if not names:
        return ()
    is_or_are = "is no task" if len(names) == 1 else "are no tasks"
    return (f"{listed(names)} {is_or_are} but an average or a spread, and left out",)

"""What a column's name tells: which way is better, a spread, an average, a split."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from core.errors import listed
from core.io.names.source_words import untrained_among
from core.io.names.usual_words import usual_word

# fmt: off
ERRORS = frozenset((
    "error", "err", "mse", "rmse", "mae", "loss", "wer", "cer", "perplexity", "ppl", "nmse",
    "mape", "brier", "distance", "nll", "regret", "fehler", "fid", "ece", "ter", "eer", "bpc",
    "bpb", "logloss", "crps", "risk", "nrmse", "smape", "entropy", "errors", "losses", "wape",
    "rmsle", "mase", "mpjpe", "ade", "fde", "epe", "lpips", "kid", "hausdorff", "hd", "assd",
    "asd", "msd", "bits", "forgetting", "nmae", "costs", "cost",
    "ppls", "surprisal", "mispredictions", "misclassification", "mcd", "jer", "hter",
    "regrets", "der", "mindcf", "msle", "deviation", "violation", "violations", "collision",
    "collisions", "failure", "failures", "fail", "fpr", "fnr", "fdr", "frr", "latency",
    "delay", "bpp", "erreur", "errore", "erro", "verlust", "perte", "pérdida", "perda", "ошибка",
    "错误率", "誤差",
    "오류율", "aer", "medr", "pinball", "winkler", "divergence", "jsd", "mmd", "emd", "kld",
    "wasserstein", "chamfer", "rmsd", "deviance", "dissimilarity", "penalty", "crash", "aic", "bic",
))
# fmt: on
# fmt: off
SHARES = frozenset((
    "accuracy", "acc", "f1", "auc", "auroc", "precision", "recall", "iou", "miou", "dice", "em",
    "map", "mrr", "ndcg", "uas", "las", "top1", "genauigkeit", "exactitude", "accuracies", "accs",
    "macc", "mca", "uar", "war", "bacc", "balanced_accuracy", "jaccard", "dsc", "auprc", "aupr",
    "prauc", "rocauc", "ap", "hit", "hits", "pass", "sensitivity", "specificity", "tpr", "tnr",
    "ppv", "npv", "success", "winrate", "win", "correct", "top3", "top5", "nmi", "ari",
    "recall@k", "spl", "pck", "fmeasure", "fscore",
    "exactitud", "précision", "precisión", "accuratezza", "acurácia", "точность", "准确率", "精度",
    "正解率", "정확도", "정답률",
))
# fmt: on
# fmt: off
SCORES = frozenset((
    "score", "reward", "return", "r2", "bleu", "rouge", "correlation", "spearman", "pearson",
    "mcc", "kappa", "performance", "gain", "improvement", "transfer", "returns", "rewards", "rho",
    "ρ", "tau", "τ", "ccc", "icc", "pcc", "scc", "srcc", "plcc", "cindex", "concordance", "chrf",
    "comet", "bleurt", "meteor", "bertscore", "psnr", "ssim", "elo", "scores", "utility",
    "fitness", "sharpe", "r", "r2score", "cider", "spice", "gm", "gmean", "iqm", "qwk",
    "efficiency", "likelihood", "loglik", "loglikelihood", "elbo", "dprime", "bwt", "fwt",
))
# fmt: on
STANDARD = frozenset(["id", "standard", "in", "iid", "indist", "source", "seen"])
SHIFTED = frozenset(["ood", "shifted", "out", "shift", "oodist", "target", "unseen"])
SPLITS = frozenset(("train", "training", "dev", "val", "valid", "validation", "test", "eval"))
"""Parts of the data, as people call them."""
_SPLITS_BY_RANK = {"test": 0, "eval": 1, "dev": 2, "val": 2, "valid": 2, "validation": 2}
PREFERENCE = {"accuracy": 0, "score": 1, "error": 2}
"""Of several directions the one that is looked at first."""
NOT_SCORES = re.compile(
    r"^(n|num|count|size|std|sd|stderr|se|sem|var|id|index|len|rank|params|parameters|runtime|time"
    r"|duration|n_samples|support)(_|$)|_(std|sd|stderr|se|sem|count|size|n|var|min|max|rank|time)$"
)
_BESIDE = (
    r"(?:std(?:[\s_.-]?(?:dev|err(?:or)?))?|sd|stdev|stderr|standard[\s_](?:deviation|error)|sem?|var|variance|±|\+/-"
    r"|(?:9[059][\s_]?%?[\s_]?)?ci(?:[\s_]?9[059])?(?:[\s_](?:low|lower|high|upper|lo|hi|l|u))?|lower|upper"
    r"|p(?:[\s_]?val(?:ue)?)?|n|counts?|rank|delta|min|max|median|iqr|q\d+|best|last)"
)
_SPREAD = re.compile(
    rf"(?:(.*?)(?<![\s_\-./(])[\s_\-./(]*+{_BESIDE}\)?|{_BESIDE}[\s_\-.(]+(.*?)\)?)", re.IGNORECASE
)
"""What stands beside the value of a name: behind it, or before."""
AVERAGES = frozenset(
    [
        "avg",
        "avg.",
        "average",
        "averaged",
        "mean",
        "means",
        "overall",
        "total",
        "ø",
        "μ",
        "std",
        "stdev",
        "median",
        "mittel",
        "mittelwert",
        "durchschnitt",
        "gesamt",
        "moyenne",
        "promedio",
        "media",
        "gmean",
        "hmean",
        "summe",
        "gesamtergebnis",
        "totale",
        "итого",
        "среднее",
        "平均",
        "平均值",
        "平均値",
        "均值",
        "总计",
        "合计",
        "総計",
        "合計",
    ]
)
_OF_AVERAGES = AVERAGES | frozenset(
    [
        "grand",
        "général",
        "general",
        "macro",
        "micro",
        "weighted",
        "all",
        "across",
        "over",
        "of",
        "the",
        "tasks",
        "languages",
        "targets",
        "sources",
        "row",
        "col",
        "column",
        "score",
        "acc",
        "accuracy",
        "f1",
    ]
)
_OVER_ALL = frozenset(("mean_win_rate", "win_rate_mean", "mean_rank", "average_rank"))
"""What leaderboards say of all tasks together."""
METRIC_COLUMNS = ("metric", "metrics", "measure", "metric_name", "eval_metric", "measure_name")
LONGEST_NAME = 200
"""Characters of a column's name that is looked at closely."""


_LOST = frozenset(("drop", "gap", "degradation", "deterioration", "decrease", "decline"))
_WON = frozenset(("reduction", "improvement", "gain", "decrease", "saved", "saving", "savings"))
_NAMED_ERRORS = r"false_(?:positive|negative)|^(?:steps|samples|episodes|epochs)_to_"
_MORE_IS_LIKELIER = frozenset(("likelihood", "loglik", "loglikelihood", "elbo"))


UP = r"↑|⇑|⬆\ufe0f?|\$?\\uparrow\$?"
DOWN = r"↓|⇓|⬇\ufe0f?|\$?\\downarrow\$?"
"""Arrows that say which end is better, as regular expressions."""


def direction_of(column: str) -> str | None:
    """`error`, `accuracy` or `score`, as a column's name tells; None where it does not."""
    lower = unicodedata.normalize("NFKC", column[:LONGEST_NAME]).lower()
    if re.search(rf"{DOWN}|lower[ _]is[ _]better|lower[ _]better|\bmin\b", lower):
        return "error"
    if re.search(rf"{UP}|higher[ _]is[ _]better|higher[ _]better", lower):
        return "score"
    parts = _parts(column)
    is_error = any(part in ERRORS for part in parts)
    turned = (
        parts[0] in ("neg", "negative", "minus")
        or re.match("[-−]\\s*[a-z]", lower) is not None
        or (is_error and _beside_an_error(lower, _NEGATED))
    )
    if turned and any(part in _MORE_IS_LIKELIER for part in parts):
        return "error"
    if re.match(r"(?:1|one|100)\s*(?:-|−|minus)|1\s*/|inverse\b", lower) or (
        is_error and _beside_an_error(lower, _INVERTED)
    ):
        # 1-wer, 1-acc: what is turned round goes the other way.
        other = any(part in SHARES | SCORES for part in parts)
        return "score" if is_error else "error" if other else None
    if turned:
        return "score" if is_error else None
    word = usual_word(column)
    if "c_index" in word or "explained_variance" in word or "r^2" in lower or "skill" in parts:
        return "score"
    if re.search(r"(?:interval|energy)_score", word):
        return "error"
    if re.search(r"exact_match|f_(?:measure|score)|\btop_\d", word):
        return "accuracy"
    if parts[-1] == "per" or re.search(_NAMED_ERRORS, word):
        # Phone error rate; elsewhere "per" is a word, as in accuracy_per_class.
        return "error"
    if is_error and any(part in _WON for part in parts):
        return "score"
    if any(part in _LOST for part in parts) and any(p in SHARES | SCORES for p in parts):
        return "error"
    for words, metric in ((ERRORS, "error"), (SHARES, "accuracy"), (SCORES, "score")):
        if any(part in words for part in parts):
            return metric
    return None


_NEGATED = frozenset(("neg", "negative", "negated", "minus"))
_INVERTED = frozenset(("inv", "inverse", "inverted", "reciprocal"))


def _beside_an_error(lower: str, words: frozenset[str]) -> bool:
    """One of some words stands right before that of an error, or behind: `test loss (neg.)`."""
    parts = [part for part in re.split(r"[\W_]+", lower) if part]
    return any(
        (one in words and other in ERRORS)
        # An error on negative examples is one.
        or (other in words and other != "negative" and one in ERRORS)
        for one, other in pairwise(parts)
    )


_TOO_WIDE = SCORES - {"reward", "rewards", "bleu", "rouge", "r2", "mcc", "spearman", "pearson"}


def direction_of_file(name: str) -> str | None:
    """What the name of a file tells of its values, `wer_matrix.csv`; None where it names no metric,
    or several.
    """
    parts = {part for part in _parts(name.split(".")[0]) if len(part) > 1 and part not in _TOO_WIDE}
    found = {direction_of(part) for part in parts} - {None}
    return found.pop() if len(found) == 1 else None


def _parts(column: str) -> list[str]:
    """Words of a column's name, as they stand and without the numbers at their ends."""
    bare = unicodedata.normalize("NFKC", column[:LONGEST_NAME])
    parts = re.split(r"[_@+,:()\[\]{}]+", usual_word(bare).strip("()[]+"))
    # mIoU is no m, Io, U.
    parts = [*re.split(r"[\s\-./_@+,:()\[\]{}%]+", bare.lower()), *parts]
    shorter = [part.rstrip("0123456789") for part in parts]
    return [part for part in (*shorter, *parts) if part] or [""]


def is_spread(name: str, names: Collection[str]) -> bool:
    """A column of what is beside the values of another one: A_std, A_max or std(A) beside A."""
    match = _SPREAD.fullmatch(name) if len(name) <= LONGEST_NAME else None
    beside = (match[1] or match[2]) if match else ""
    return bool(beside) and beside in names and beside != name


def split_of(name: str) -> tuple[str, str] | None:
    """Task and split of a column's name: distance_ood."""
    match = re.fullmatch(r"(.+)[_\-.](\w+?)", name)
    if match and match[2].lower() in STANDARD | SHIFTED:
        return match[1], match[2]
    return None


def preference_of_split(name: str) -> int:
    """Of names that differ in the part of the data the least counts: the test, what says nothing
    or `eval`, the validation, the training.
    """
    parts = set(_parts(name))
    if parts & {"train", "training"}:
        return 3
    return min((rank for word, rank in _SPLITS_BY_RANK.items() if word in parts), default=1)


def is_difference(name: str) -> bool:
    """A name begins by a Δ, the Greek letter or the sign: how far rows or columns are apart."""
    return name.strip()[:1] in {"\N{GREEK CAPITAL LETTER DELTA}", "\N{INCREMENT}"}


def is_average(name: str) -> bool:
    """A name says an average or a spread: `Avg.`, `macro average`, `mean (all)`; or begins by Δ."""
    if is_difference(name) or usual_word(name[:LONGEST_NAME]) in _OVER_ALL:
        return True
    parts = re.split(r"[_()\[\],:]+", usual_word(name[:LONGEST_NAME]).strip("()[]"))
    parts = [part for part in parts if part]
    return any(part in AVERAGES for part in parts) and all(part in _OF_AVERAGES for part in parts)


_ITSELF = frozenset(
    ("self", "itself", "same", "in_domain", "in_dist", "in_distribution", "indomain", "diagonal")
)


IS_TRANSFER = "whether this is transfer at all"
"""How a question begins of numbers that look like something else."""
OF_MODELS = (
    f"{IS_TRANSFER}: rows are models, and nothing says what each was trained on, as of a"
    " leaderboard; write that into a column, such as source"
)
IS_ZERO = "is what no transfer reaches"
"""What the question of `baseline_question` says."""


def baseline_question(sources: Sequence[str], targets: Sequence[str]) -> tuple[str, ...]:
    """What to ask of sources such as `scratch`; nothing without."""
    first = untrained_among(sources, targets)[:1]
    return tuple(f"whether {n} {IS_ZERO}: --zero source:{n}" for n in first)


def itself_word(sources: Sequence[str], targets: Sequence[str]) -> str:
    """A name on one side alone that stands for the one on the other: `self`; empty without."""
    for names, others in ((targets, sources), (sources, targets)):
        for name in names:
            if usual_word(name[:LONGEST_NAME]) in _ITSELF and name not in others:
                return name
    return ""


def averages(names: Sequence[str]) -> list[str]:
    """Names that are an average over others and no task, where there are others."""
    found = [n for n in dict.fromkeys(names) if is_average(n)]
    return found if len({*names}) - len(found) > 1 else []


def said_of_sign(sign: str) -> tuple[str, ...]:
    """What is assumed where a sign joins names; nothing where none does."""
    return (f"{sign.strip()} joins the names of a training set",) if sign else ()


def said_of_itself(word: str) -> tuple[str, ...]:
    """What is assumed of a name such as `self`; nothing without."""
    return (f"{word} stands for the same task on both sides",) if word else ()


def said_of_twins(aliases: Mapping[str, str]) -> tuple[str, ...]:
    """What is assumed of names that differ in case and the like alone, each on one side."""
    return tuple(f"{other} is {one}" for one, other in aliases.items())


def said_of_averages(names: Sequence[str]) -> tuple[str, ...]:
    """What is assumed of names that are left out; nothing where none are."""
    gone = [name for name in names if is_difference(name)]
    kinds = (
        ([name for name in names if name not in gone], "an average or a spread"),
        (gone, "a difference"),
    )
    no_task = {True: "is no task", False: "are no tasks"}
    return tuple(
        f"{listed(some)} {no_task[len(some) == 1]} but {what}, and left out"
        for some, what in kinds
        if some
    )

"""Words that are usual for our columns in files of other people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

USUAL: Mapping[str, tuple[str, ...]] = {
    "sources": (
        "source", "src", "train", "trained", "trained_on", "train_on", "train_task", "train_lang",
        "lang_train", "src_lang", "source_lang", "source_language", "train_language", "from",
        "source_task", "source_domain", "src_domain", "train_domain", "train_dataset", "train_set",
        "train_data", "train_region", "source_dataset", "source_model", "finetuned_on", "tuned_on",
        "fine_tuned_on", "pretrain", "teacher", "giver", "donor", "s", "x", "train_genre",
        "train_site", "train_corpus", "training_set", "training_data", "sourcetask", "src_dataset",
        "pretrain_task", "pretrained_on", "finetune_task", "finetune_on", "fine_tune", "finetune",
        "trained_task", "after_task", "after", "after_training", "training_task", "training",
        "learned", "learned_on", "auxiliary",
        "auxiliary_task", "intermediate", "intermediate_task", "upstream", "upstream_task",
        "donor_task", "quelle", "trainiert_auf", "entraînement", "train_env", "source_env",
    ),
    "target": (
        "tgt", "trg", "test", "test_on", "tested_on", "eval_on", "test_task", "test_lang",
        "lang_pred", "tgt_lang", "trg_lang", "target_lang", "target_language", "test_language",
        "to", "dst", "dest", "target_task", "target_domain", "tgt_domain", "test_domain",
        "test_dataset", "test_set", "test_data", "test_region", "target_dataset", "eval_dataset",
        "eval_task", "evaluated_on", "eval", "eval_lang", "student", "taker", "t", "y", "dataset",
        "test_genre", "test_site", "test_corpus", "lang_test", "eval_set", "targettask",
        "tgt_dataset", "downstream", "downstream_task", "testing", "evaluation", "evaluation_task",
        "main_task", "held_out", "holdout", "ziel", "getestet_auf", "test_env", "target_env",
        "task", "tasks", "datasets", "benchmark", "benchmarks", "target_db", "test_db",
        "exp2", "task2", "lang2",
    ),
    "score": (
        "value", "accuracy", "acc", "f1", "macro_f1", "micro_f1", "f1_macro", "auc", "auroc",
        "roc_auc", "r2", "reward", "mean_reward", "return", "mean", "performance", "perf", "result",
        "metric_value", "bleu", "rouge", "map", "mrr", "ndcg", "em", "exact_match", "uas", "las",
        "error", "mse", "rmse", "mae", "loss", "wer", "cer", "perplexity", "ppl", "test_acc",
        "test_accuracy", "eval_accuracy", "spearman", "pearson", "correlation", "mcc", "kappa",
        "iou", "miou", "dice", "precision", "recall", "balanced_accuracy", "transfer", "eval_f1",
        "genauigkeit", "wert", "fehler", "exactitude", "pearson_r", "success_rate", "win_rate",
        "val", "metric", "normalized", "improvement", "gain", "nmse", "mape", "top1", "brier",
    ),
    "method": (
        "model", "algorithm", "approach", "variant", "setting", "condition", "strategy", "config",
        "convention", "system", "setup", "finetuning", "tuning", "adapter", "model_name",
    ),
    "source": (
        "sources", "exp1", "src", "from", "task1", "source_task", "src_task", "source_lang",
        "src_lang", "train", "train_task", "lang1", "a", "x", "s",
    ),
    "value": (
        "score", "final_cka", "cka", "similarity", "distance", "logme", "leep", "nce", "hscore",
        "estimate", "cosine", "sim", "dist", "prediction", "predicted", "val", "metric_value",
    ),
    "layer": ("layer_name", "block", "depth"),
    "seed": (
        "seed_nr", "seed_no", "seed_number", "seed_id", "random_state", "random_seed",
        "rng_seed", "run_seed", "rep", "replicate", "trial", "repeat", "fold", "split", "cv",
        "cv_fold", "fold_id", "split_id", "run", "repetition",
    ),
    "checkpoint": ("step", "global_step", "epoch", "iteration", "iter", "ckpt", "training_step",
                   "training_iteration"),
}  # fmt: skip
"""Our word for a column -> the words that are usual for it, in small letters with underscores."""
LONGEST_NAME = 200
"""Characters of a column's name that is looked at closely."""


def usual_word(column: str) -> str:
    """A column's name as `USUAL` spells it: `Src Lang` and `srcLang` are src_lang."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column.strip())
    return re.sub(r"[\s\-./]+", "_", spaced).lower().strip("_")


def usual_column(word: str, header: Sequence[str]) -> str | None:
    """The column of a header that usually has what we call `word`; None where none does."""
    known = {usual_word(column): column for column in reversed(header) if column}
    names = (word, word.removesuffix("s"), *USUAL.get(word, ()))
    for name in names:
        if name in known:
            return known[name]
    # `config.source`, `params_source` are a source, where no other column ends like it.
    ends = {column: usual_word(_bare(column)) for column in header if _bare(column) != column}
    for name in names:
        if list(ends.values()).count(name) == 1:
            return next(column for column, end in ends.items() if end == name)
    return None


_LOGGED = re.compile(
    r"(?:params?|parameters?|hparams?|hp|config|cfg|args|user_attrs|summary|metrics?)[._/]", re.I
)


def _bare(column: str) -> str:
    """A column without what a tracker puts before it, or the records it is nested in."""
    return column.rpartition(".")[2] if "." in column else _LOGGED.sub("", column, count=1)


_SIDES: Mapping[str, frozenset[str]] = {
    "sources": frozenset((
        "source", "sources", "src", "train", "trained", "training", "pretrain", "pretrained",
        "pretraining", "finetune", "finetuned", "finetuning", "ft", "tuned", "donor", "sender",
        "giver", "upstream", "teacher", "intermediate", "auxiliary", "origin", "orig", "learned",
        "learnt", "fit", "fitted", "init", "initialization", "initialisation", "initialized",
        "pivot", "expert", "transferor", "parent", "derivation", "discovery", "quelle",
        "quellaufgabe", "quellsprache", "trainiert", "origen", "fuente", "entrenado",
        "entrenamiento", "entraînement", "entraîné", "apprentissage", "addestrato",
        "addestramento", "treinado", "treino", "origem", "обучение",
        "источник", "训练", "源", "源任务", "源语言", "源域", "源数据集", "训练集",
        "训练任务", "训练语言", "训练数据",
        "訓練データ", "学習タスク", "学習データ", "学習言語", "학습", "훈련", "소스", "訓練",
        "学習", "ソース", "転移元", "after",
    )),
    "target": frozenset((
        "target", "targets", "tgt", "trg", "test", "tested", "testing", "eval", "evaluated",
        "evaluation", "evaluate", "recipient", "receiver", "taker", "downstream", "student",
        "destination", "dest", "dst", "child", "transferee", "applied", "scored", "heldout",
        "ziel", "zielaufgabe", "zielsprache", "getestet", "destino", "objetivo", "prueba",
        "probado", "evaluado", "cible", "testé", "évalué", "testato", "destinazione", "testado",
        "avaliado", "тест", "цель", "测试", "目标", "目标任务", "目标语言",
        "目标域", "目标数据集", "测试集", "测试任务", "测试语言",
        "测试数据", "評価タスク", "評価データ", "評価言語", "テスト", "평가", "테스트", "타겟",
        "評価", "ターゲット",
        "転移先",
    )),
}  # fmt: skip
_BESIDE: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    # What is a target only because something else is what was trained on.
    "pretrained": (
        frozenset(("pretrain", "pretrained", "pretraining", "init", "initialization")),
        frozenset(("finetune", "finetuned", "finetuning", "ft", "tuned", "probe", "probing")),
    ),
    "trained": (
        frozenset(("train", "trained", "training", "derivation", "discovery")),
        frozenset(("dev", "val", "valid", "validation", "replication", "probe", "probing")),
    ),
}
_NOUNS = frozenset((
    "on", "of", "the", "task", "tasks", "set", "sets", "data", "dataset", "datasets", "lang",
    "language", "lng", "domain", "corpus", "genre", "site", "region", "env", "environment", "game",
    "name",
    "id", "db", "subject", "session", "cohort", "split", "class", "city", "country", "field",
    "benchmark", "group", "row", "rows", "col", "cols", "column", "columns", "transfer", "prompt",
    "year", "month", "week", "day", "period", "season",
    "until", "en", "su", "em", "sur", "auf", "tâche", "tarea", "tarefa", "compito", "aufgabe",
    "idioma", "langue", "lingua", "sprache", "conjunto", "jeu", "datensatz", "задача",
))  # fmt: skip


def side_of(name: str) -> str | None:
    """`sources` or `target`, where the words of a name say that it is one: `Task (trained on)`."""
    words = _words_of(name)
    found = {side for side, known in _SIDES.items() if words & known}
    if words in ({"transfer", "from"}, {"transfer", "to"}):
        return "sources" if "from" in words else "target"
    if len(found) != 1:
        return None
    side = found.pop()
    beside = {"model", "checkpoint", "from"} if side == "sources" else {"to"}
    return side if words <= _SIDES[side] | _NOUNS | beside else None


_IN_A_SENTENCE = frozenset((
    "model", "models", "a", "an", "we", "was", "were", "is", "are", "what", "which", "it", "each",
    "tasks", "checkpoint", "checkpoints", "that", "they", "der", "die", "das", "le", "la", "les",
))  # fmt: skip


def side_among(text: str) -> str | None:
    """The side that the words of a text say: `sources` of `models trained on`; None else."""
    words = _words_of(text)
    found = [side for side, known in _SIDES.items() if words & known]
    if len(found) != 1:
        return None
    known = _SIDES[found[0]] | _NOUNS | _IN_A_SENTENCE
    is_known = all(word in known or word.removesuffix("s") in known for word in words)
    return found[0] if is_known else None


def is_target_beside(source: str, name: str) -> bool:
    """A name is of a target because another column is the source: `finetune` beside `pretrain`."""
    of_source, words = _words_of(source), _words_of(name)
    return any(
        of_source & sources and words & targets and words <= targets | _NOUNS
        for sources, targets in _BESIDE.values()
    )


def _words_of(name: str) -> frozenset[str]:
    bare = usual_word(name[:LONGEST_NAME]).replace("pre_train", "pretrain")
    bare = bare.replace("fine_tun", "finetun").replace("held_out", "heldout")
    return frozenset(word for word in re.split(r"[\W_]+", bare) if word)


_STATE_COLUMNS = frozenset(
    ("state", "status", "run_state", "run_status", "job_state", "job_status", "trial_state")
)
ENDED = frozenset(
    ("finished", "complete", "completed", "success", "succeeded", "done", "ok", "passed")
)
NOT_ENDED = frozenset((
    "crashed", "failed", "fail", "failure", "error", "killed", "running", "preempted", "preempting",
    "pending", "queued", "scheduled", "waiting", "cancelled", "canceled", "stopped", "aborted",
    "interrupted", "timeout", "timed_out", "out_of_memory", "oom", "node_fail", "pruned", "crash",
    "diverged", "incomplete", "unfinished",
))  # fmt: skip
"""States of runs, as wandb, mlflow, Slurm and Optuna write them."""


_MODELS = frozenset(
    (
        "model",
        "models",
        "model_name",
        "model_id",
        "model_adapter",
        "hub_id",
        "system",
        "checkpoint",
        "pretrained_model",
    )
)


def is_called_model(column: str) -> bool:
    """A column is called as one of models is, which says nothing of what they were trained on."""
    return usual_word(column) in _MODELS


def is_called_state(column: str) -> bool:
    """A column is called as one of states of runs is."""
    word = usual_word(column)
    # `info.status`, `run/state`: what stands before is where it was logged.
    return (
        word in _STATE_COLUMNS
        or usual_word(column.replace("/", ".").split(".")[-1]) in _STATE_COLUMNS
    )

"""Files that programs write of one run or one model: what is missing to make transfer of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.io.names.usual_words import usual_word

_CURVE = {"wall_time", "step", "value"}
_CHART = re.compile(r".+ - .+?(?:__MIN|__MAX)")
_OF_TRAINER = frozenset(("epoch", "total_flos", "train_runtime", "train_loss", "global_step"))
_LM_EVAL = re.compile(r"(?:.*\.)?\w+,(?:none|[a-z]+-[\w-]+)")
_MTEB = frozenset(("mteb_version", "mteb_dataset_name", "task_name", "dataset_revision"))
MTEB_TREE = (
    "what MTEB writes of one model on one task; give each model a folder that is called after what"
    ' it was trained on, and write study.toml with layout = "tree", path ='
    ' "{sources}/{target}.json" and value = "scores.test.0.main_score"'
)
_LM_EVAL_PRINTED = {"tasks", "version", "filter", "metric", "value", "stderr"}
_WANDB_API = {"summary", "config", "name"}
_OF_ONE_MODEL = (
    "; give the folder with the JSON files of all, each in a folder that is called after what the"
    " model was trained on"
)
OF_ONE_RUN = (
    "; give the folder with those of all runs, each in a folder that is called after what it was"
    " trained and tested on, such as rte_to_mnli"
)


_OPENCOMPASS = ("dataset", "version", "metric", "mode")


def mapped_by_export(header: Sequence[str]) -> dict[str, str]:
    """Our word -> the column, where a program always writes it so: OpenCompass has a row a data set
    that was tested on, and a column a model.
    """
    return {"target": "dataset"} if tuple(header[:4]) == _OPENCOMPASS else {}


def said_of_export(header: Sequence[str]) -> str:
    """What a file is by its columns, and what to do, where it cannot say what was trained on."""
    words = {usual_word(name) for name in header}
    if words == _CURVE:
        return (
            "a curve that TensorBoard exported, of one run and one tag; put those of all runs into"
            ' a folder, and write study.toml with layout = "scores", path ='
            ' "run-{sources}-tag-eval_{target}_accuracy.csv" as the files are called, and under'
            ' [evaluations.columns] score = "Value", checkpoint = "Step"'
        )
    if any(_CHART.fullmatch(name) for name in header):
        return (
            "a chart that Weights & Biases exported, its columns are runs; export the table of runs"
            " instead, with a column of what each was trained on, and one a target"
        )
    if len(words & _MTEB) > 1:
        return MTEB_TREE
    if any(word.startswith("eval_") for word in words) and words & _OF_TRAINER:
        return f"what a Trainer writes of one run{OF_ONE_RUN}"
    if sum(_LM_EVAL.fullmatch(name) is not None for name in header) > 1:
        return f"what lm-eval writes of one model{_OF_ONE_MODEL}"
    if words >= _LM_EVAL_PRINTED:
        return f"the table that lm-eval prints of one model{_OF_ONE_MODEL}"
    if words - {""} == _WANDB_API:
        return (
            "runs of Weights & Biases with a dictionary a cell; write each field into a column:"
            " pd.json_normalize([{**run.config, **run.summary._json_dict} for run in runs])"
            '.to_csv("runs.csv")'
        )
    return ""

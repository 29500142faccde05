"""Logs of a training are told from tables, and which columns a table needs is said."""

from __future__ import annotations

import pytest

from core.errors import RequestError
from tests.core.io.recognition.test_forms import PLAIN, read, rows, written

LINES = (
    "Epoch 3 | task=A | eval on B: acc=0.83",
    "2024-05-01 12:00:03,123 - INFO - train - task A: eval B accuracy 0.83",
    "[INFO] step 300: task A, test B, loss: 0.4, f1: 0.83",
    "[2024/05/01 12:00:03] iter 300 A->B top1 accuracy = 83.1%",
    "epoch: 3 eval_accuracy: 0.83",
    "INFO:root:Episode 12 reward=-3.5",
)


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("name", ["train.log", "slurm-1.out", "train.txt", "r.csv"])
def test_a_log_is_not_read_and_what_to_write_is_said(tmp_path, line, name):
    text = "Loading the model, please wait\n\n" + f"{line}\n" * 6
    with pytest.raises(RequestError, match="line 3: the log of a training, which is not read") as e:
        read(written(tmp_path / name, text))
    assert "such as source,target,accuracy and below it A,B,0.83" in str(e.value)


@pytest.mark.parametrize(
    "text",
    [
        "source,target,checkpoint,acc\n" + rows("{s},{t},step 100,{v}"),
        "source,target,day,acc\n" + rows("{s},{t},2024-05-01 12:00:00,{v}"),
        "run,source,target,acc\n" + rows("epoch 3 acc,{s},{t},{v}"),
        "Accuracy: 3 epochs\n\nsource,target,acc\n" + rows("{s},{t},{v}"),
    ],
)
def test_a_table_with_words_of_logs_is_none(tmp_path, text):
    _, found = read(written(tmp_path / "r.csv", text))
    assert list(found.values()) == [PLAIN]


def test_a_line_of_blanks_takes_no_time(tmp_path):
    text = "source,target,acc\nA,B,0.5\n" + ("epoch 3 acc" + " " * 20_000 + "x\n") * 5
    with pytest.raises(RequestError, match="row 3"):
        read(written(tmp_path / "r.csv", text))

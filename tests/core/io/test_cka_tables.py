"""What is said of tables of CKA: what is broken -> the whole message."""

from __future__ import annotations

import numpy as np
import pytest

from core.io import open_study
from tests.core.io.damage import (
    Damage,
    add,
    ids,
    manifest,
    problems_of,
    remove,
)
from tests.studies import StudyWriter

CKA_ERRORS: list[tuple[Damage, str]] = [
    (
        add("cka_summary.csv", "pt,pt1-2,pt1-1,5,0.7\n"),
        "cka_summary.csv, row 4: CKA of `pt1-2` and `pt1-1` a second time: 0.7, row 3 has 0.5; "
        "keep one of the two rows; what differs by direction goes under [predictors.NAME]",
    ),
    (
        add("cka_summary.csv", "pt,pt1-2,pt1-1,five,0.5\n"),
        "cka_summary.csv, row 4: layer is `five`, not a whole number; "
        "write the layer, a whole number from 0 on",
    ),
    (
        add("cka_summary.csv", "pt,pt1-2,pt1-1,6,high\n"),
        "cka_summary.csv, row 4: final_cka is `high`, not a number; "
        "write a number; leave the cell empty where there is none",
    ),
    (
        lambda study: study.replace("cka_summary.csv", "final_cka", "mean_cka"),
        "cka_summary.csv, row 1: no column `final_cka`; "
        "add it beside prefix, exp1, exp2, layer, mean_cka",
    ),
    (
        add("cka_checkpoints.csv", "pt1-1,pt1-2,5,last,0.5\n"),
        "cka_checkpoints.csv, row 4: checkpoint is `last`, not a whole number; "
        "write the training step, from 0 on",
    ),
    (
        remove("cka_checkpoints.csv"),
        "cka_checkpoints.csv: no such file; write it, or correct cka.checkpoints: "
        "columns exp1,exp2,layer,checkpoint,cka",
    ),
]


@pytest.mark.parametrize(("damage", "message"), CKA_ERRORS, ids=ids(CKA_ERRORS))
def test_cka_errors(write_study: StudyWriter, damage: Damage, message: str) -> None:
    study = write_study("table", cka=True)
    damage(study)
    assert problems_of(study) == [f"error: {message}"]


CKA_WARNINGS: list[tuple[Damage, list[str]]] = [
    *[
        (
            add("cka_summary.csv", f"pt,pt1-1,pt1-2,6,{text}\n"),
            [f"cka_summary.csv, row 4: final_cka is {found}"],
        )
        for text, found in [
            ("1.5", "1.5, above 1; compute it again; the cell stays empty"),
            ("-1.00001", "-1.00001, below -1; compute it again; the cell stays empty"),
            ("nan", "`nan`, not a finite number; compute it again; the cell stays empty"),
            ("inf", "`inf`, not a finite number; compute it again; the cell stays empty"),
            ("", "(empty), not a finite number; compute it again; the cell stays empty"),
        ]
    ],
    (
        lambda study: (
            study.append("cka_summary.csv", "pt,pt1-1,pt1-3,5,0.5\npt,pt1-3,pt1-2,5,0.5\n"),
            study.append("cka_checkpoints.csv", "zoo,pt1-1,5,9000,0.5\n"),
        ),
        [
            "cka_summary.csv, row 4: CKA of run `pt1-3`, which runs.csv does not know; "
            "did you mean `pt1-2`? add it to runs.csv; until then its rows are ignored",
            "cka_checkpoints.csv, row 4: CKA of run `zoo`, which runs.csv does not know; "
            "add it to runs.csv; until then its rows are ignored",
        ],
    ),
    (
        manifest("default_layer = 5", "default_layer = 7"),
        [
            "study.toml, cka.default_layer: default_layer = 7, and there is no CKA at that layer; "
            "choose one of 4, 5; it is ignored"
        ],
    ),
]


@pytest.mark.parametrize(("damage", "messages"), CKA_WARNINGS)
def test_cka_warnings(write_study: StudyWriter, damage: Damage, messages: list[str]) -> None:
    study = write_study("table", cka=True)
    damage(study)
    assert problems_of(study) == [f"warning: {message}" for message in messages]


def test_unusable_cka_is_there_and_empty(write_study: StudyWriter) -> None:
    study = write_study(cka=True)
    study.append("cka_summary.csv", "pt,pt1-1,pt1-2,6,1.5\n")
    cka = open_study(study.folder).cka
    assert cka is not None
    assert len(cka) == 5
    assert np.isnan(cka.value[cka.layer == 6]).all()

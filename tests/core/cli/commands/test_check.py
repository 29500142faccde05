"""python -m core check: what is there, and what is wrong, each cause once."""

from __future__ import annotations

import json


def test_check_names_what_is_there(run, run_json, folder):
    code, out, err = run("check", folder)
    assert (code, err) == (0, "")
    assert out == (
        "Compass: 4 tasks, 22 runs (0 failed), methods ft1, ft2, seeds 1, 2,"
        " 264 evaluations; 0 warnings\n"
        f"next: STUDY={folder} make run shows it\n"
    )
    report = run_json("check", folder, "--json")
    assert report["ok"] is True
    assert report["errors"] == report["warnings"] == []
    assert report["study"]["excluded"] == {"west": "unstable"}


def test_check_prints_errors_and_warnings_alike_each_once(run, write_study):
    study = write_study()
    study.replace(
        "runs.csv",
        "pt1_ftwb1-2,ftwb1,crossing,pt1,42,,",
        "pt1_ftwb1-2,ftwb1,crossing,pt1,42,failed,",
    )
    code, out, err = run("check", study.folder)
    assert code == 0
    assert out.startswith("Tiny: 2 tasks")
    lines = err.splitlines()
    assert any(line.startswith("warning: runs.csv, row 6: ") for line in lines)
    assert len(set(lines)) == len(lines)

    study.replace("runs.csv", "pt1-1,pretrain,distance,,42", "pt1-1,pretrain,distanse,,42")
    code, out, err = run("check", study.folder)
    assert code == 1
    assert out == ""
    assert any(line.startswith("error: runs.csv, row 3: ") for line in err.splitlines())
    code, out, err = run("check", study.folder, "--json")
    report = json.loads(out)
    assert (code, err, report["ok"], report["study"]) == (1, "", False, None)
    assert report["errors"][0]["file"] == "runs.csv"
    assert report["warnings"]


def test_one_cause_is_one_line_whatever_is_wrong(run, write_study):
    study = write_study("scores")
    rows = "".join(f"distance,crossing,about {n}\n" for n in range(1, 5000))
    study.write("scores.csv", "sources,target,score\n" + rows)
    code, out, err = run("check", study.folder)
    assert (code, out) == (1, "")
    line, after = err.splitlines()
    assert line.startswith(
        "error: scores.csv, row 2, row 3, row 4 and 4,996 more: score is `about 1`"
    )
    assert after == (
        f"next: solve the first line, then python -m core check {study.folder} again;"
        f" every place: python -m core check {study.folder} --all"
    )
    _, _, err = run("check", study.folder, "--all")
    assert len(err.splitlines()) == 5000
    code, out, err = run("matrix", study.folder)
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        line, "next: python -m core check STUDY --all names every place"
    ]  # fmt: skip


def test_rows_that_cannot_be_read_are_not_missing_too(run, write_study):
    study = write_study("scores")
    study.write("scores.csv", "sources,target,score\n" + "distance,crossing,0,5\n" * 3000)
    _, _, err = run("check", study.folder)
    cause, _ = err.splitlines()
    assert cause.startswith("error: scores.csv, row 2, row 3, row 4 and 2,997 more: 4 values where")


def test_problems_of_given_scores_speak_of_no_runs_splits_or_checkpoints(run, write_study):
    study = write_study("scores")
    study.append("scores.csv", "distance,crossing,0.75\n")
    _, _, err = run("check", study.folder)
    assert "a second time with another value, first distance → crossing" in err
    assert "shifted" not in err
    assert "checkpoint 0" not in err

"""Runs of a real MLflow tracking store, which the test writes."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import warnings
from contextlib import closing
from hashlib import sha256

import pytest
from click.testing import CliRunner

from core import open_study
from core.cli import cli
from core.errors import RequestError
from core.io.trackers import mlflow_store, tracker_of
from core.io.trackers.mlflow_store import mlflow_home, read_mlflow
from core.transfer.build import transfer_matrix
from core.transfer.query import TransferQuery

TASKS = ("de", "en", "zh_hans")


class Store:
    """A store that is written to as training scripts do it."""

    def __init__(self, uri, path):
        self.uri, self.path = uri, path
        # Where it is needed: each process of a test run reads every file of tests.
        from mlflow.tracking import MlflowClient

        self.client = MlflowClient(tracking_uri=uri)
        found = self.client.get_experiment_by_name("transfer")
        self.experiment = (
            found.experiment_id if found else self.client.create_experiment("transfer")
        )

    def add(self, params, metrics, *, status="FINISHED", experiment=None):
        from mlflow.entities import Metric, Param

        run = self.client.create_run(experiment or self.experiment).info.run_id
        self.client.log_batch(
            run,
            params=[Param(name, str(value)) for name, value in params.items()],
            metrics=[
                Metric(name, value if step == 2 else 0.0, 1000 + step, step)
                for step in (1, 2)
                for name, value in metrics.items()
            ],
        )
        if status != "RUNNING":
            self.client.set_terminated(run, status)
        return run

    def close(self):
        if self.path.suffix == ".db":
            self.client._tracking_client.store.engine.dispose()


@pytest.fixture(scope="module", autouse=True)
def mlflow_alone():
    """MLflow as the tests write with it: nothing sent, folders written to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        patch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
        yield


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory):
    """A store without runs: MLflow takes seconds to make one."""
    path = tmp_path_factory.mktemp("empty") / "mlflow.db"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Store(f"sqlite:///{path}", path).close()
    return path


@pytest.fixture
def database(tmp_path, empty_database):
    (tmp_path / "lab").mkdir()
    path = tmp_path / "lab" / "mlflow.db"
    shutil.copy(empty_database, path)
    made = Store(f"sqlite:///{path}", path)
    yield made
    made.close()


@pytest.fixture
def folder_store(tmp_path):
    path = tmp_path / "lab" / "mlruns"
    path.parent.mkdir()
    return Store(path.as_uri(), path)


@pytest.fixture(params=["database", "folder_store"])
def store(request):
    return request.getfixturevalue(request.param)


def init(*options):
    done = CliRunner().invoke(cli, ["init", *options], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.output


def value(folder, source, target):
    study = open_study(folder)
    matrix = transfer_matrix(study, TransferQuery(study.tested_methods[0].name))
    return matrix.values[
        matrix.sources.index(tuple(source.split("+"))), matrix.targets.index(target)
    ]


def test_a_run_a_pair_becomes_a_study_and_new_runs_are_added(store):
    for i, source in enumerate(TASKS):
        for j, target in enumerate(TASKS):
            store.add(
                {"source": source, "target": target, "seed": 7, "lr": 0.1},
                {"f1": 0.1 * (i + 1) + 0.01 * j, "loss": 3.0},
            )
    store.add({"source": "de", "target": "en", "seed": 8}, {"f1": 9.0}, status="FAILED")
    store.add({"sweep": "parent"}, {})
    source = f"mlflow:{store.uri}"
    report = json.loads(init(source, "--json"))
    folder = store.path.parent
    assert report["form"] == "scores"
    assert report["metric"] == "accuracy"
    assert report["seeds"] == [7]
    assert report["sources"] == list(TASKS)
    assert any("1 run without source" in text for text in report["understood"])
    assert any("not FINISHED" in text for text in report["understood"])
    assert value(folder, "zh_hans", "en") == pytest.approx(0.31)
    before, digest = (folder / "study.toml").read_text(), open_study(folder).digest

    assert "nothing new: 10 runs" in init(source)
    assert open_study(folder).digest == digest

    store.add({"source": "en+de", "target": "en", "seed": 7}, {"f1": 0.77})
    report = json.loads(init(source, "--json"))
    assert (report["added"], report["changed"], report["gone"]) == (1, 0, 0)
    assert (folder / "study.toml").read_text() == before
    # What an open page asks for: the study is another one now.
    assert open_study(folder).digest != digest
    assert value(folder, "de+en", "en") == pytest.approx(0.77)


def test_a_run_with_a_metric_for_each_target_is_read_across(store):
    for source in ("de", "en", "['de', 'zh_hans']"):
        store.add(
            {"train_lang": source, "seed": 1},
            {f"eval/{target}/acc": 0.5 for target in TASKS} | {"eval/de/loss": 1.0, "epoch": 3},
        )
    report = json.loads(init(f"mlflow:{store.uri}", "--json", "--map", "sources=train_lang"))
    assert report["form"] == "wide"
    assert report["sources"] == ["de", "en", "de+zh_hans"]
    assert sorted(report["targets"]) == sorted(TASKS)
    assert report["metric"] == "accuracy"
    assert value(store.path.parent, "de+zh_hans", "zh_hans") == 0.5


def test_a_run_that_was_going_on_is_brought_up_to_date_and_a_deleted_one_stays(store):
    run = store.add({"source": "de", "target": "en"}, {"f1": 0.1}, status="RUNNING")
    gone = store.add({"source": "en", "target": "de"}, {"f1": 0.2})
    out = store.path.parent / "out"
    init(f"mlflow:{store.uri}", "--out", str(out))
    store.client.log_metric(run, "f1", 0.6, step=3)
    store.client.set_terminated(run)
    store.client.delete_run(gone)
    said = init(f"mlflow:{store.uri}", "--out", str(out))
    assert "0 new runs, 1 changed, 2 in" in said
    assert "1 are no longer in" in said
    assert value(out, "de", "en") == 0.6
    assert value(out, "en", "de") == 0.2
    init(f"mlflow:{store.uri}", "--out", str(out), "--force")
    assert len(open_study(out).evaluations) == 1


def test_one_experiment_is_taken_by_its_name(store):
    other = store.client.create_experiment("old")
    store.add({"source": "de", "target": "en"}, {"f1": 0.1})
    store.add({"source": "de", "target": "en"}, {"f1": 0.9}, experiment=other)
    report = json.loads(init(f"mlflow:{store.uri}", "--json", "--where", "experiment=transfer"))
    assert report["rows"] == 1
    assert value(store.path.parent, "de", "en") == 0.1


def test_nothing_is_written_to_the_store(store):
    store.add({"source": "de", "target": "en"}, {"f1": 0.1})

    def mark():
        files = [store.path] if store.path.is_file() else sorted(store.path.rglob("*"))
        return [(p.name, sha256(p.read_bytes()).hexdigest()) for p in files if p.is_file()]

    before = mark()
    assert len(read_mlflow(store.uri)) == 1
    assert mark() == before


def test_what_is_no_store_is_said(tmp_path, monkeypatch):
    with pytest.raises(RequestError, match="no such file"):
        read_mlflow(f"sqlite:///{tmp_path}/none.db")
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "text.db").write_text("no database at all, but some text in it")
    with pytest.raises(RequestError, match="not an SQLite file"):
        read_mlflow(str(tmp_path / "text.db"))
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE t (x)")
    with pytest.raises(RequestError, match="no MLflow store"):
        read_mlflow(str(tmp_path / "other.db"))
    with pytest.raises(RequestError, match="no MLflow store"):
        read_mlflow(tmp_path.as_uri())
    with pytest.raises(RequestError, match="read are an SQLite file"):
        read_mlflow("mysql://host/db")
    monkeypatch.setitem(sys.modules, "mlflow.tracking", None)
    with pytest.raises(RequestError, match=r"pip install -r requirements-mlflow\.txt"):
        read_mlflow(str(tmp_path / "text.db"))


def test_a_store_of_another_version_says_what_to_do(database):
    with closing(sqlite3.connect(database.path)) as opened:
        opened.execute("UPDATE alembic_version SET version_num = '39d1c3be5f05'")
        opened.commit()
    with pytest.raises(RequestError, match="mlflow db upgrade"):
        read_mlflow(database.uri)


def test_where_the_study_goes(tmp_path):
    assert mlflow_home(f"sqlite:///{tmp_path}/a.db") == tmp_path
    assert mlflow_home((tmp_path / "mlruns").as_uri()) == tmp_path
    assert mlflow_home("http://tracking.example") is None
    assert tracker_of("mlflow.csv") is None
    assert tracker_of("mlflow:") is None
    assert tracker_of("mlflow:x")[0].read is mlflow_store.read_mlflow
    with pytest.raises(RequestError, match="--out DIR"):
        init("mlflow:http://tracking.example")

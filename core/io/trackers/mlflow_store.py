"""MLflow: the runs of a tracking store, an SQLite file or a folder.

Read through mlflow-skinny (requirements-mlflow.txt). A database is copied first and the copy is
read: MLflow adds tables to what it opens, and brings nothing back. Also a tracking server's
address is passed on as it is.
"""

from __future__ import annotations

import os
import re
import sqlite3
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote, urlsplit

from core.errors import RequestError
from core.io.trackers.tracked_runs import TrackedRun, tracked_run

MISSING = (
    "mlflow: needs mlflow-skinny, SQLAlchemy and alembic:"
    " python -m pip install -r requirements-mlflow.txt"
)
_PAGE = 1000
_SERVER = re.compile(r"https?://")
_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    # A folder is read, whatever MLflow thinks of writing to one.
    "MLFLOW_ALLOW_FILE_STORE": "true",
}


def read_mlflow(uri: str) -> Sequence[TrackedRun]:
    """All runs of all experiments that are not deleted, in the order they were begun.

    uri: `sqlite:///PATH`, a path, `file://PATH` or the address of a tracking server. A metric is
    its last value. Raises RequestError.
    """
    path = _path_of(uri)
    if path is not None and not path.exists():
        raise RequestError(f"mlflow:{uri}: no such file or folder")
    with TemporaryDirectory(prefix="transfer-atlas-") as scratch, _mlflow() as client_of:
        if path is None:
            opened = uri
        elif path.is_dir():
            _check_folder(path)
            opened = path.resolve().as_uri()
        else:
            copy = Path(scratch) / "store.db"
            _copy_database(path, copy)
            opened = f"sqlite:///{copy}"
        return _read_runs(client_of, uri, opened)


def mlflow_home(uri: str) -> Path | None:
    """The folder the store stands in; None for a server."""
    path = _path_of(uri)
    return None if path is None else path.absolute().parent


def _path_of(uri: str) -> Path | None:
    if _SERVER.match(uri):
        return None
    if uri.startswith("sqlite:"):
        return Path(re.sub(r"^sqlite:(///)?", "", uri).split("?", 1)[0])
    if uri.startswith("file:"):
        return Path(unquote(urlsplit(uri).path))
    if "://" in uri:
        raise RequestError(
            f"mlflow:{uri}: read are an SQLite file (sqlite:///PATH), a folder, and the address"
            " of a tracking server (http://HOST)"
        )
    return Path(uri)


def _check_folder(path: Path) -> None:
    if not any(path.glob("*/meta.yaml")):
        raise RequestError(f"{path}: no MLflow store: no experiment with a meta.yaml in it")


def _copy_database(path: Path, copy: Path) -> None:
    """What the database holds now, also while somebody writes to it."""
    address = f"{path.resolve().as_uri()}?mode=ro"
    try:
        with (
            closing(sqlite3.connect(address, uri=True)) as there,
            closing(sqlite3.connect(copy)) as here,
        ):
            tables = {name for (name,) in there.execute("SELECT name FROM sqlite_master")}
            if not {"experiments", "runs", "alembic_version"} <= tables:
                raise RequestError(f"{path}: an SQLite file, but no MLflow store")
            there.backup(here)
    except sqlite3.Error as error:
        raise RequestError(f"{path}: not an SQLite file that can be read: {error}") from None


@contextmanager
def _mlflow() -> Iterator[Any]:
    """MLflow's client class, with nothing sent anywhere and nothing said about versions."""
    before = {name: os.environ.get(name) for name in _ENVIRONMENT}
    os.environ.update(_ENVIRONMENT)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                for needed in ("alembic", "sqlalchemy"):  # imported only once a store is open
                    import_module(needed)
                from mlflow.tracking import MlflowClient
            except ImportError:
                raise RequestError(MISSING) from None
            yield MlflowClient
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _read_runs(client_of: Any, uri: str, opened: str) -> list[TrackedRun]:
    from mlflow.exceptions import MlflowException

    client = None
    try:
        client = client_of(tracking_uri=opened)
        experiments = {one.experiment_id: one.name for one in _pages(client.search_experiments)}
        runs = _pages(
            client.search_runs, experiment_ids=list(experiments), order_by=["start_time ASC"]
        )
    except MlflowException as error:
        text = str(error)
        if "out-of-date" in text:
            raise RequestError(
                f"mlflow:{uri}: written by another version of MLflow; keep a copy, then bring it"
                f" up to date: mlflow db upgrade {uri}"
            ) from None
        raise RequestError(f"mlflow:{uri}: {text.splitlines()[0]}") from None
    finally:
        # MLflow keeps what it has opened until the process ends.
        store = getattr(getattr(client, "_tracking_client", None), "store", None)
        engine = getattr(store, "engine", None)
        if engine is not None:
            engine.dispose()
    return [
        tracked_run(
            run.info.run_id,
            name=run.info.run_name or "",
            experiment=experiments.get(run.info.experiment_id, ""),
            status=str(run.info.status),
            params=dict(sorted(run.data.params.items())),
            metrics=dict(sorted(run.data.metrics.items())),
        )
        for run in runs
    ]


def _pages(search: Any, **asked: Any) -> list[Any]:
    """Everything a search finds, page after page."""
    found: list[Any] = []
    token = None
    while True:
        page = search(**asked, max_results=_PAGE, page_token=token)
        found += page
        token = page.token
        if not token:
            return found

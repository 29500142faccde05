"""A server over the small study, asked without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dashboard.app import create_app
from dashboard.server.settings import Settings
from tests.studies import write_study_files


class SmallServer:
    """study, data: its files and its data folder; app, client: the server and who asks it."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.study = write_study_files(folder / "tiny")
        self.data = folder / "data"
        self.app = create_app(
            Settings(
                studies=(self.study.folder,),
                cache_dir=folder / "cache",
                data_dir=self.data,
                **settings,
            )
        )
        self.client = self.app.server.test_client()

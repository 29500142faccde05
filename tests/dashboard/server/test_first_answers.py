from __future__ import annotations

from flask import request

from dashboard.app import create_app
from dashboard.server.headers import is_fingerprinted
from dashboard.server.settings import Settings
from tests.studies import write_study_files


def test_they_are_made_once_and_name_the_scripts(tmp_path):
    files = write_study_files(tmp_path / "one")
    server = create_app(Settings(studies=(files.folder,), cache_dir=tmp_path / "cache")).server
    client = server.test_client()
    first, again = (client.get("/_dash-layout") for _ in range(2))
    assert first.data == again.data
    assert first.mimetype == "application/json"
    assert client.head("/").status_code == 200
    addresses = client.get("/").get_data(as_text=True).split('"')
    script = next(address for address in addresses if "dash_renderer" in address)
    with server.test_request_context(script):
        assert is_fingerprinted(request)

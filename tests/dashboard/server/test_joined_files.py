from __future__ import annotations

import re

from flask import Flask

from dashboard.app import ASSETS, create_app
from dashboard.server import joined_files
from dashboard.server.settings import Settings
from tests.studies import write_study_files


def parts(folder, ending):
    return [path.read_bytes() for path in sorted((ASSETS / folder).rglob(f"*{ending}"))]


def test_all_files_stand_in_the_whole_in_the_order_of_their_folders():
    whole = joined_files.scripts(ASSETS)
    assert whole.body == b"\n".join(parts("js", ".js"))
    # base/dispatches.js before all else: Dash's store is seen when it is made.
    assert whole.body.startswith((ASSETS / "js" / "base" / "dispatches.js").read_bytes())
    assert joined_files.styles(ASSETS).body == b"\n".join(parts("css", ".css"))


def test_no_script_sees_the_names_of_another():
    for path in (ASSETS / "js").rglob("*.js"):
        text = path.read_text(encoding="utf-8")
        outermost = {line for line in text.splitlines() if re.match(r"[^\s/]", line)}
        assert outermost == {"(function () {", "})();"}, path


def test_style_sheets_name_nothing_that_joining_changes():
    first, *others = parts("css", ".css")
    assert all(b"@charset" not in one and b"@import" not in one for one in others)
    assert b"@import" not in first


def test_another_file_is_another_address(tmp_path):
    (tmp_path / "b.js").write_text("2", encoding="utf-8")
    (tmp_path / "a.js").write_text("1", encoding="utf-8")
    (tmp_path / "c.css").write_text("3", encoding="utf-8")
    before = joined_files.joined(tmp_path, "all.js", "text/javascript")
    assert before.body == b"1\n2"
    (tmp_path / "a.js").write_text("0", encoding="utf-8")
    assert joined_files.joined(tmp_path, "all.js", "text/javascript").mark != before.mark
    server = Flask("joined")
    joined_files.register(server, before)
    answer = server.test_client().get("/assets/all.js")
    assert (answer.data, answer.mimetype) == (b"1\n2", "text/javascript")


def test_the_page_asks_for_each_whole_and_for_none_of_its_parts(tmp_path):
    files = write_study_files(tmp_path / "one")
    settings = Settings(studies=(files.folder,), cache_dir=tmp_path / "cache")
    client = create_app(settings).server.test_client()
    page = client.get("/").get_data(as_text=True)
    assert re.findall(r'"/assets/([^"?]+)\?m=', page) == [
        "boot/appearance.js",
        "boot/opening.js",
        "css/all.css",
        "js/all.js",
        "plotly/plotly-atlas.min.js",
    ]
    for address in re.findall(r'"(/assets/\w+/all[^"]+)"', page):
        answer = client.get(address)
        assert "immutable" in answer.headers["Cache-Control"]
        assert "immutable" not in client.get(f"{address}0").headers["Cache-Control"]

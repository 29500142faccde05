"""Boards over HTTP: pinned, shown now and then, changed, taken along, and what is refused."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from dashboard.app import create_app
from dashboard.boards import store
from dashboard.server.settings import Auth, Settings, SettingsError
from tests.dashboard.small_server import SmallServer
from tests.studies import write_study_files

CARD = "transfer-actual"


class Team(SmallServer):
    """A server that keeps boards."""

    def post(self, path, **body):
        return self.client.post(path, json=body)

    def pin(self, **body):
        asked = {
            "card": CARD,
            "query": {"study": ["tiny"], "tab": ["transfer"]},
            "title": "Kept",
            "note": "**why** <script>alert(1)</script>",
        }
        return self.post("/boards/pin", **(asked | body))

    def page(self, board):
        answer = self.client.get(f"/boards/{board}")
        assert answer.status_code == 200
        return answer.get_data(as_text=True)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    return Team(tmp_path_factory.mktemp("team"))


@pytest.fixture
def team(server):
    """The server of all tests, which keeps no board of those before."""
    assert server.client.get("/boards.json").get_json()["boards"] == []
    yield server
    shutil.rmtree(server.data, ignore_errors=True)


def test_a_figure_is_pinned_and_shown_live(team):
    board = team.pin().get_json()["board"]
    page = team.page(board)
    assert "<h1>Kept</h1>" in page
    assert "<strong>why</strong>" in page
    assert "<script>alert" not in page
    assert 'data-figure="figure-1"' in page
    assert "study=tiny&amp;tab=transfer" in page
    assert "The data have changed" not in page
    # A page of the server brings no script of its own: its headers let none run.
    assert re.findall(r"<script(?! type=\"application/json\")[^>]*>", page) == [
        '<script src="../assets/plotly/plotly-atlas.min.js">',
        '<script src="../boards.js">',
    ]
    assert team.client.get("/boards.js").status_code == 200
    again = team.pin(board=board, title="", card="transfer-means", note="")
    assert again.status_code in (200, 400)
    listed = team.client.get("/boards").get_data(as_text=True)
    assert f'href="boards/{board}"' in listed
    assert team.client.get("/boards.json").get_json()["boards"] == [{"id": board, "title": "Kept"}]
    found = team.client.get("/go-to?typed=kept").get_json()["found"]
    assert found[0]["href"] == f"boards/{board}"


def test_changed_data_are_said_and_both_are_shown(team, monkeypatch):
    board = team.pin().get_json()["board"]
    before = team.page(board)
    monkeypatch.setattr("dashboard.state.study_library.LOOK_AGAIN_SECONDS", 0.0)
    team.study.append("study.toml", "\n# another file, so another digest\n")
    page = team.page(board)
    assert "The data have changed since this was pinned" in page
    assert 'data-figure="figure-1"' in page
    assert 'data-figure="then-1"' in page
    assert 'data-figure="then-1"' not in before
    then = json.loads(re.search(r'id="data-then-1">(.*?)</script>', page)[1])
    now = json.loads(re.search(r'id="data-figure-1">(.*?)</script>', before)[1])
    assert then["light"]["data"] == now["light"]["data"]


def test_a_study_that_is_gone_leaves_its_words(team, tmp_path):
    board = team.pin().get_json()["board"]
    other = write_study_files(tmp_path / "other")
    app = create_app(
        Settings(studies=(other.folder,), cache_dir=tmp_path / "cache", data_dir=team.data)
    )
    page = app.server.test_client().get(f"/boards/{board}").get_data(as_text=True)
    assert '<p class="absent">Tiny is not open here' in page
    assert "As it was on" in page


def test_a_board_is_changed_and_taken_along(team):
    board = team.pin().get_json()["board"]
    team.pin(board=board, note="second")
    assert team.post(f"/boards/{board}/figures/2/up").get_json() == {"done": True}
    page = team.page(board)
    assert page.index('id="pin-2"') < page.index('id="pin-1"')
    team.post(f"/boards/{board}/write", title="<b>New</b>", text="A *text*")
    team.post(f"/boards/{board}/figures/1/note", note="third")
    page = team.page(board)
    assert "<h1>&lt;b&gt;New&lt;/b&gt;</h1>" in page
    assert "<em>text</em>" in page
    assert "third" in page
    team.post(f"/boards/{board}/figures/1/remove")
    assert 'id="pin-1"' not in team.page(board)
    team.post(f"/boards/{board}/figures/1/restore")
    assert 'id="pin-1"' in team.page(board)
    file = team.client.get(f"/boards/{board}/board.html")
    assert file.headers["Content-Disposition"] == 'attachment; filename="b-new-b.html"'
    text = file.get_data(as_text=True)
    assert "<script src=" not in text
    assert "data-post" not in text
    assert "Content-Security-Policy" in text
    assert "data-present" in text
    page = team.page(board)
    team.post(f"/boards/{board}/delete")
    assert team.client.get(f"/boards/{board}").status_code == 404
    assert "Put back" in team.client.get("/boards").get_data(as_text=True)
    assert 'data-next="../boards#deleted"' in page  # where it unfolds
    assert '<details id="deleted">' in team.client.get("/boards").get_data(as_text=True)
    team.post(f"/boards/{board}/restore")
    assert team.client.get(f"/boards/{board}").status_code == 200


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"card": "nothing"}, "There is no figure called nothing"),
        ({"card": 7}, "There is no figure"),
        ({"title": ""}, "Give the board a title"),
        ({"board": "nowhere"}, "no longer here"),
        ({"note": "x" * 5000}, "at most 4,000"),
        ({"query": {"study": ["tiny"], "digest": ["0000"]}}, "have changed since"),
    ],
)
def test_what_cannot_be_pinned_is_said(team, body, why):
    answer = team.pin(**body)
    assert answer.status_code == 400
    assert why in answer.get_json()["problem"]


def test_a_figure_that_is_refused_leaves_no_new_board(team, monkeypatch):
    monkeypatch.setattr(store, "MOST_BYTES", 1)
    for _ in range(2):
        answer = team.pin()
        assert answer.status_code == 400
        assert "MB of figures" in answer.get_json()["problem"]
    assert team.client.get("/boards.json").get_json()["boards"] == []


@pytest.mark.parametrize("path", ["/boards/x/figures/1/eat", "/boards/x/eat"])
def test_what_is_no_change_is_not_found(team, path):
    assert team.post(path).status_code == 404


def test_whatever_is_sent_is_answered(team):
    for data, kind in ((b"{", "application/json"), (b"[1]", "application/json"), (b"x", "text/a")):
        for path in ("/boards", "/boards/pin", "/boards/x/write", "/boards/x/figures/y/note"):
            assert team.client.post(path, data=data, content_type=kind).status_code == 400


def test_a_page_of_another_site_changes_nothing(team):
    answer = team.client.post("/boards", json={"title": "x"}, headers={"Origin": "https://evil"})
    assert answer.status_code == 403
    assert team.client.get("/boards.json").get_json()["boards"] == []


def test_who_pinned_is_said_where_there_is_a_login(tmp_path):
    proxy = {"REMOTE_ADDR": "127.0.0.1"}
    team = Team(tmp_path, auth=Auth.PROXY, trusted_proxies=("127.0.0.1",))
    headers = {"X-Forwarded-User": "ada <b>"}
    made = team.client.post(
        "/boards", json={"title": "x"}, headers=headers, environ_base=proxy
    ).get_json()
    page = team.client.get(f"/boards/{made['board']}", headers=headers, environ_base=proxy)
    assert "by ada &lt;b&gt;" in page.get_data(as_text=True)


def test_boards_are_off_where_anybody_may_come_in(tmp_path):
    for name, settings in (
        ("public", {"allow_anonymous": True}),
        ("off", {"boards": False}),
    ):
        (tmp_path / name).mkdir()
        team = Team(tmp_path / name, **settings)
        assert team.client.get("/boards").status_code == 404
        assert team.pin().status_code in (404, 405)
        assert "data-boards" not in json.dumps(team.app.layout.to_plotly_json(), default=str)
    with pytest.raises(SettingsError, match="BOARDS is 1"):
        Settings.from_environment({"BOARDS": "1", "ALLOW_ANONYMOUS": "1", "HOST": "::"})


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "data").write_text("a file in its place")
    team = Team(tmp_path)
    assert "DATA_DIR cannot be written" in team.client.get("/boards.json").get_json()["problem"]
    assert "DATA_DIR cannot be written" in team.client.get("/boards").get_data(as_text=True)
    assert "DATA_DIR" in team.pin().get_json()["problem"]

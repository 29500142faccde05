from __future__ import annotations

import logging
import multiprocessing
import os
import threading

import pytest
from click.testing import CliRunner

from dashboard.__main__ import main
from dashboard.server.access import users
from dashboard.server.access.users import Passwords, UsersError, add_user, read_users, remove_user
from dashboard.server.shared_store import DiskStore

GOOD = "a long enough one"
OTHER = "quite another one"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "users"


def test_hashes_are_salted_and_the_file_is_private(path):
    assert add_user(path, "ada", GOOD)
    assert add_user(path, "bob", GOOD)
    hashes = read_users(path)
    assert set(hashes) == {"ada", "bob"}
    assert hashes["ada"] != hashes["bob"]
    assert all(digest.startswith("$argon2id$") for digest in hashes.values())
    assert GOOD not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_password_is_right_for_its_user_alone(path):
    add_user(path, "ada", GOOD)
    add_user(path, "bob", OTHER)
    passwords = Passwords(path)
    assert passwords.is_right("ada", GOOD)
    assert not passwords.is_right("ada", OTHER)
    assert not passwords.is_right("bob", GOOD)
    assert not passwords.is_right("eve", GOOD)
    assert not passwords.is_right("ada", "")
    assert not passwords.is_right("ada", "x" * 5000)
    assert passwords.knows("ada")
    assert not passwords.knows("eve")


def test_only_what_was_right_is_remembered_and_only_for_that_file(path):
    add_user(path, "ada", GOOD)
    passwords = Passwords(path)
    assert not passwords.remembered("ada", GOOD)
    passwords.is_right("ada", OTHER)
    assert not passwords.remembered("ada", OTHER)
    passwords.is_right("ada", GOOD)
    assert passwords.remembered("ada", GOOD)
    assert not passwords.remembered("ada", OTHER)
    assert not Passwords(path).remembered("ada", GOOD)

    add_user(path, "ada", OTHER)
    assert not passwords.remembered("ada", GOOD)
    assert not passwords.is_right("ada", GOOD)
    assert passwords.is_right("ada", OTHER)
    remove_user(path, "ada")
    assert not passwords.remembered("ada", OTHER)
    assert not passwords.is_right("ada", OTHER)


def test_name_and_password_cannot_be_mixed_up(path):
    add_user(path, "ada", GOOD)
    passwords = Passwords(path)
    passwords.is_right("ada", GOOD)
    assert not passwords.remembered("ad", f"a{GOOD}")


def test_what_is_remembered_is_bounded(path, monkeypatch):
    monkeypatch.setattr(users, "KEPT_CHECKS", 2)
    for name in ("ada", "bob", "eve"):
        add_user(path, name, GOOD)
    passwords = Passwords(path)
    for name in ("ada", "bob", "eve"):
        assert passwords.is_right(name, GOOD)
    assert [passwords.remembered(n, GOOD) for n in ("ada", "bob", "eve")] == [False, True, True]


@pytest.mark.parametrize("damage", ["remove", "garble", "folder"])
def test_a_file_that_cannot_be_read_lets_nobody_in_and_says_so_once(path, caplog, damage):
    add_user(path, "ada", GOOD)
    passwords = Passwords(path)
    assert passwords.is_right("ada", GOOD)
    path.unlink()
    if damage == "garble":
        path.write_text("ada:secret\n")
    elif damage == "folder":
        path.mkdir()
    with caplog.at_level(logging.ERROR):
        assert not passwords.remembered("ada", GOOD)
        assert not passwords.is_right("ada", GOOD)
        assert not passwords.is_right("ada", "secret")
    assert [r.getMessage().split(":")[0] for r in caplog.records] == ["nobody can log in"]
    if damage == "folder":
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
    add_user(path, "ada", GOOD)
    assert passwords.is_right("ada", GOOD)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("ada\n", "line 1: neither a comment nor `name:hash`"),
        ("# team\n\nada:plain\n", "line 3: neither a comment nor `name:hash`"),
        ("a b:{hash}\n", "line 1: neither"),
        ("ada:{hash}\nada:{hash}\n", "line 2: this user is there twice"),
        ("ada:$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA\n", "line 1: neither"),
        (b"\xff\xfe", "is not UTF-8"),
    ],
)
def test_a_bad_file_is_named_with_its_line_and_nothing_of_it_is_said(path, tmp_path, content, said):
    add_user(tmp_path / "other", "x", GOOD)
    digest = read_users(tmp_path / "other")["x"]
    path.write_bytes(
        content if isinstance(content, bytes) else content.replace("{hash}", digest).encode()
    )
    with pytest.raises(UsersError, match=r"line|UTF-8") as error:
        read_users(path)
    assert said in str(error.value)
    assert "plain" not in str(error.value)
    assert digest not in str(error.value)


def test_files_that_are_not_there_or_not_to_be_had(path, tmp_path):
    with pytest.raises(UsersError, match=r"there is no file of users at .*user add NAME"):
        read_users(path)
    with pytest.raises(UsersError, match=r"cannot read the users in .*: Is a directory"):
        read_users(tmp_path)
    add_user(path, "ada", GOOD)
    path.chmod(0o666)
    with pytest.raises(UsersError, match=r"can be written by everybody.*chmod 600"):
        read_users(path)
    (tmp_path / "file").touch()
    with pytest.raises(UsersError, match=r"cannot write the users to .*"):
        add_user(tmp_path / "file" / "users", "ada", GOOD)


@pytest.mark.parametrize("name", ["", "a b", "a:b", "../x\n", "x" * 65, "<b>"])
def test_names_that_cannot_be(path, name):
    with pytest.raises(UsersError, match="cannot be a name; use 1 to 64 letters"):
        add_user(path, name, GOOD)
    assert not path.exists()


@pytest.mark.parametrize("password", ["", "short", "x" * 257])
def test_passwords_that_cannot_be(path, password):
    with pytest.raises(UsersError, match=f"has {len(password)} characters; use 10 to 256"):
        add_user(path, "ada", password)


def test_letters_are_the_same_however_a_keyboard_writes_them(path):
    add_user(path, "zoe\u0308", "pa\u0308ssword long")
    assert set(read_users(path)) == {"zo\u00eb"}
    assert Passwords(path).is_right("zo\u00eb", "p\u00e4ssword long")


def test_changes_at_once_lose_nobody(path):
    threads = [threading.Thread(target=add_user, args=(path, f"u{n}", GOOD)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_users(path)) == 6
    assert not [p for p in path.parent.iterdir() if p.name.startswith(".users-")]


def test_what_cannot_be_written_whole_leaves_the_file_as_it_was(path, monkeypatch):
    add_user(path, "ada", GOOD)
    before = path.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsersError, match="No space left on device"):
        add_user(path, "bob", GOOD)
    assert path.read_bytes() == before
    assert not [p for p in path.parent.iterdir() if p.name.startswith(".users-")]


# -- python -m dashboard user ----------------------------------------------------------------------


def run(*arguments, given="", **environment):
    return CliRunner().invoke(main, ["user", *arguments], input=given, env=environment)


def test_add_list_and_remove(path):
    added = run("add", "ada", "--file", str(path), given=f"{GOOD}\n{GOOD}\n")
    assert added.exit_code == 0, added.output
    assert f"ada added to {path}" in added.output
    assert GOOD not in added.output
    changed = run("add", "ada", "--password-stdin", given=f"{OTHER}\n", AUTH_FILE=str(path))
    assert "ada has a new password in" in changed.output
    assert Passwords(path).is_right("ada", OTHER)
    run("add", "Bob", "--password-stdin", "--file", str(path), given=f"{OTHER}\r\n")
    assert Passwords(path).is_right("Bob", OTHER)
    assert run("list", "--file", str(path)).output == "Bob\nada\n"
    assert run("remove", "ada", "--file", str(path)).output == f"ada removed from {path}\n"
    assert run("list", "--file", str(path)).output == "Bob\n"


@pytest.mark.parametrize(
    ("arguments", "given", "said"),
    [
        (["add", "ada"], f"{GOOD}\n{OTHER}\n", "do not match"),
        (["add", "ada", "--password-stdin"], "short\n", "Error: the password has 5 characters"),
        (["add", "a b", "--password-stdin"], f"{GOOD}\n", "Error: 'a b' cannot be a name"),
        (["add", "ada", GOOD], "", "unexpected extra argument"),
        (["remove", "eve"], "", "Error: there is no user 'eve' in"),
        (["list"], "", "Error: there is no file of users at"),
    ],
)
def test_what_cannot_be_done_is_said(path, arguments, given, said):
    result = run(*arguments, "--file", str(path), given=given)
    assert result.exit_code != 0
    assert said in result.output
    assert "Traceback" not in result.output


def test_the_file_must_be_named():
    result = run("list", AUTH_FILE="")
    assert result.exit_code == 2
    assert "--file" in result.output
    assert "AUTH_FILE" in result.output


def test_what_one_fork_found_right_the_others_know_until_the_file_changes(path, tmp_path):
    add_user(path, "ada", OTHER)
    passwords = Passwords(path, DiskStore(tmp_path / "logins"))
    fork = multiprocessing.get_context("fork").Process(
        target=passwords.is_right, args=("ada", OTHER)
    )
    assert not passwords.remembered("ada", OTHER)
    fork.start()
    fork.join()
    assert passwords.remembered("ada", OTHER)
    assert not passwords.remembered("ada", f"{OTHER}!")
    assert not Passwords(path, DiskStore(tmp_path / "logins")).remembered("ada", OTHER)
    add_user(path, "bob", OTHER)
    assert not passwords.remembered("ada", OTHER)


def test_without_its_folder_each_process_remembers_by_itself(path, tmp_path):
    add_user(path, "ada", OTHER)
    board = DiskStore(tmp_path / "logins")
    passwords = Passwords(path, board)
    board.store.close()
    for file in (tmp_path / "logins").iterdir():
        file.write_bytes(b"no database" * 1000)
    assert passwords.is_right("ada", OTHER)
    assert passwords.remembered("ada", OTHER)
    assert not passwords.remembered("ada", f"{OTHER}!")

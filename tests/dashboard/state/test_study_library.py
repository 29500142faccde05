from __future__ import annotations

import threading
from pathlib import Path

from core.cache import study_copies
from core.cache.result_cache import ResultCache
from core.cache.study_copies import StudyCopies
from core.io import inspect_study, open_study
from core.io.changes import digest
from core.io.so_far import tell_of_file
from dashboard.server import health
from dashboard.state import file_looks, study_library
from dashboard.state.context import AppContext
from dashboard.state.study_library import BEING_READ, LOOK_AGAIN_SECONDS, StudyLibrary
from dashboard.ui import messages, url_sync
from tests.studies import write_study_files


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_broken_study_lists_its_problems_and_the_others_are_usable(tmp_path):
    good = write_study_files(tmp_path / "good")
    bad = write_study_files(tmp_path / "bad")
    bad.replace("study.toml", 'metric = "error"', 'metric = "eror"')
    bad.append("runs.csv", "x,ftwb1,nowhere,pt1,42,,\n")
    library = StudyLibrary([bad.folder, good.folder, tmp_path / "gone"])
    first, second, third = library.entries()
    assert first.study is None
    assert {problem.file for problem in first.problems} == {"study.toml", "runs.csv"}
    assert second.study is not None
    assert second.title == "Tiny"
    assert third.study is None
    assert "no such folder" in third.problems[0].found


def test_slugs_are_names_never_paths(tmp_path):
    folders = [tmp_path / "A b" / "study", tmp_path / "c" / "a-b", tmp_path / "Ünïcode!"]
    library = StudyLibrary(folders)
    first, second, third = library.slugs
    assert {first[:4], second[:4]} == {"a-b-"}
    assert first != second
    assert third == "n-code"
    assert library.find(str(folders[0])) is None
    assert library.find("../a-b") is None


def two_called_same(tmp_path):
    """Two studies in folders of one name, of different content."""
    folders = [tmp_path / place / "same" for place in ("mine", "yours")]
    for folder, title in zip(folders, ("Mine", "Yours"), strict=True):
        write_study_files(folder).replace("study.toml", 'title = "Tiny"', f'title = "{title}"')
    return folders


def test_the_order_of_the_settings_does_not_matter_to_a_link(tmp_path):
    mine, yours = two_called_same(tmp_path)
    before = StudyLibrary([mine, yours])
    after = StudyLibrary([yours, mine])
    with_others = StudyLibrary([write_study_files(tmp_path / "other").folder, yours, mine])
    for library in (after, with_others):
        for entry in before.entries():
            assert library.find(entry.slug).title == entry.title
    assert before.find("same") is None
    assert [entry.title for entry in before.once_called("same")] == ["Mine", "Yours"]
    assert [entry.title for entry in after.once_called("same")] == ["Yours", "Mine"]
    assert [entry.title for entry in after.once_called("same-2")] == ["Mine", "Yours"]
    assert after.once_called("else") == ()


def test_an_id_is_what_links_call_a_study_wherever_it_lies(tmp_path):
    mine, yours = two_called_same(tmp_path)
    write_study_files(mine).replace("study.toml", 'title = "Tiny"', 'id = "own"\ntitle = "Mine"')
    library = StudyLibrary([yours, mine])
    assert library.slugs == ("same", "own")
    assert library.find("own").title == "Mine"
    moved = StudyLibrary([mine.rename(tmp_path / "moved")])
    assert moved.find("own").title == "Mine"
    assert [entry.title for entry in moved.once_called("moved")] == ["Mine"]


def test_an_id_outlives_an_error_elsewhere_and_is_taken_while_the_server_runs(tmp_path):
    files = write_study_files(tmp_path / "one")
    clock = Clock()
    library = StudyLibrary([files.folder], clock=clock)
    assert library.slugs == ("one",)
    files.replace("study.toml", 'title = "Tiny"', 'id = "own"\ntitle = "Tiny"')
    clock.now += 2 * LOOK_AGAIN_SECONDS
    assert library.slugs == ("own",)
    assert library.once_called("one") == library.entries()
    files.append("runs.csv", "x,ftwb1,nowhere,pt1,42,,\n")
    clock.now += 2 * LOOK_AGAIN_SECONDS
    assert library.find("own").study is None


def test_one_id_for_two_studies_names_neither(tmp_path):
    folders = two_called_same(tmp_path)
    for folder in folders:
        write_study_files(folder).replace("study.toml", "title =", 'id = "own"\ntitle =')
    other = write_study_files(tmp_path / "own")
    library = StudyLibrary([*folders, other.folder])
    assert library.find("own") is None
    assert len(set(library.slugs)) == 3
    assert all(slug.startswith("own-") for slug in library.slugs)


def test_a_change_is_noticed_but_not_looked_for_all_the_time(tmp_path):
    files = write_study_files(tmp_path / "one")
    clock = Clock()
    library = StudyLibrary([files.folder], clock=clock)
    before = library.find("one")
    files.replace("study.toml", 'title = "Tiny"', 'title = "Small"')
    clock.now = LOOK_AGAIN_SECONDS - 0.1
    assert library.find("one") is before
    clock.now = LOOK_AGAIN_SECONDS + 0.1
    after = library.find("one")
    assert after.title == "Small"
    assert after.study.digest != before.study.digest

    files.write("study.toml", "half a manifest [")
    clock.now += 2 * LOOK_AGAIN_SECONDS
    assert library.find("one").study is None
    files.write("study.toml", before_text(files.folder, tmp_path))
    clock.now += 2 * LOOK_AGAIN_SECONDS
    assert library.find("one").study is not None


def before_text(_folder: Path, tmp_path: Path) -> str:
    return write_study_files(tmp_path / "again").read("study.toml")


def test_unchanged_files_are_not_read_again(tmp_path):
    files = write_study_files(tmp_path / "one")
    clock = Clock()
    library = StudyLibrary([files.folder], clock=clock)
    before = library.find("one")
    clock.now = 10 * LOOK_AGAIN_SECONDS
    assert library.find("one") is before


def test_nobody_waits_long_for_news_and_the_next_who_asks_is_told(tmp_path, monkeypatch):
    files = write_study_files(tmp_path / "one")
    clock = Clock()
    library = StudyLibrary([files.folder], clock=clock)
    before = library.find("one")
    fingerprint, looked = study_library.io.fingerprint, []
    go_on = [threading.Event(), threading.Event()]

    def slow(folder):
        looked.append(folder)
        found = fingerprint(folder)
        assert go_on[len(looked) - 1].wait(60)
        return found

    monkeypatch.setattr(study_library.io, "fingerprint", slow)
    monkeypatch.setattr(study_library, "LOOK_PATIENCE_S", 0.0)
    files.replace("study.toml", 'title = "Tiny"', 'title = "Small"')
    clock.now = 2 * LOOK_AGAIN_SECONDS
    assert library.find("one") is before
    assert library.find("one") is before
    assert len(looked) == 1  # one thread looks, however many ask
    (place,) = library._places
    go_on[0].set()
    assert place.look.mark(60)
    # A page that is alone asks again when it may be looked at again: it is told what was seen.
    clock.now += 1.1 * LOOK_AGAIN_SECONDS
    assert library.find("one").title == "Small"
    assert len(looked) == 1

    # What was seen long ago, and nobody asked for, is no news: it is looked at once more.
    clock.now += 2 * LOOK_AGAIN_SECONDS
    assert library.find("one").title == "Small"
    files.replace("study.toml", 'title = "Small"', 'title = "Smaller"')
    old = place.look
    go_on[1].set()
    assert old.mark(60)
    clock.now += 2 * LOOK_AGAIN_SECONDS
    go_on.append(go_on[1])
    monkeypatch.setattr(study_library, "LOOK_PATIENCE_S", 60.0)
    assert library.find("one").title == "Smaller"
    assert len(looked) == 3


def test_many_threads_get_one_study(tmp_path):
    library = StudyLibrary([write_study_files(tmp_path / "one").folder])
    found = []

    def ask():
        found.append(library.find("one", wait_s=None))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({id(entry) for entry in found}) == 1


def test_what_another_thread_reads_is_being_read_and_the_others_are_there(tmp_path):
    slow = write_study_files(tmp_path / "slow").folder
    library = StudyLibrary([slow])
    reading = library.claim()
    entry = library.find("slow", wait_s=0)
    assert (entry.reading, entry.study, entry.version) == (True, None, BEING_READ)
    # It may be called anything as long as its manifest is not read.
    assert library.find("whatever", wait_s=0).slug == "whatever"
    assert [entry.title for entry in reading] == ["Tiny"]
    assert library.find("slow").study is not None
    assert library.find("whatever") is None


def test_representations_that_are_hashed_are_said_to_be_verified(write_study, monkeypatch):
    folder = write_study("table", representations=True).folder
    at_second, go_on, hashed = threading.Event(), threading.Event(), []
    content_of = digest._content_of

    def slow(path):
        hashed.append(path)
        if len(hashed) == 2:
            at_second.set()
            assert go_on.wait(60)
        return content_of(path)

    monkeypatch.setattr(digest, "_content_of", slow)
    app_context = AppContext(StudyLibrary([folder]), ResultCache(None))
    reading = threading.Thread(target=app_context.library.entries)
    reading.start()
    assert at_second.wait(60)
    (entry,) = app_context.library.entries(wait_s=0)
    done, whole = entry.verified
    assert done == hashed[0].stat().st_size
    assert whole > done
    assert entry.version == f"{BEING_READ}-{10 * done // whole}"
    assert "is being verified" in str(messages.being_read(entry))
    assert url_sync._studies(app_context)[0]["label"].endswith(" (being verified)")
    assert health.studies_probe(app_context)().details == {entry.slug: "being verified"}
    go_on.set()
    reading.join()
    entry = app_context.library.find(entry.slug)
    assert (entry.reading, entry.verified) == (False, None)
    assert entry.study.digest == open_study(folder).digest


def test_reading_that_takes_long_is_told_while_it_goes_on(write_study, caplog, monkeypatch):
    monkeypatch.setattr(study_library, "TOLD_EVERY_SECONDS", 0.01)
    told = threading.Event()
    monkeypatch.setattr(study_library.log, "info", lambda text, *_: "so far" in text and told.set())
    with study_library._told_when_long(study_library._Place(write_study().folder)):
        assert told.wait(300)


def test_a_page_is_told_how_far_reading_is_from_the_second_second_on(tmp_path):
    folder = write_study_files(tmp_path / "slow").folder
    clock, opened, go_on = Clock(), threading.Event(), threading.Event()

    def slow(place, *, parts):
        tell_of_file("evaluations.csv", 2_500_000)
        opened.set()
        assert go_on.wait(60)
        return inspect_study(place, parts=parts)

    library = StudyLibrary([folder], clock=clock, copies=StudyCopies(None, read=slow))
    reading = threading.Thread(target=library.entries)
    reading.start()
    assert opened.wait(300)
    (entry,) = library.entries(wait_s=0)
    assert (entry.version, entry.seconds) == (BEING_READ, 0)
    assert "so far" not in str(messages.being_read(entry))
    clock.now = 5.5
    (entry,) = library.entries(wait_s=0)
    assert entry.version == f"{BEING_READ}-4s"
    assert "4 s so far: 1 file, 2.5 MB, evaluations.csv." in str(messages.being_read(entry))
    go_on.set()
    reading.join()
    (entry,) = library.entries()
    assert entry.version == entry.study.digest[:16]


def test_a_library_opens_the_copy_another_one_kept(write_study, tmp_path, monkeypatch):
    monkeypatch.setattr(study_copies, "SETTLED_NS", 0)
    folder = write_study().folder

    def library(read):
        return StudyLibrary([folder], copies=StudyCopies(tmp_path / "kept", worth_s=0, read=read))

    first = library(inspect_study).entries()[0].study
    assert library(None).entries()[0].study.digest == first.digest


def test_kept_studies_come_and_go_behind_the_others(tmp_path):
    lasting = write_study_files(tmp_path / "lasting")
    kept = tmp_path / "kept"
    library = StudyLibrary([lasting.folder], kept=kept)
    assert library.slugs == ("lasting",)
    write_study_files(kept / ".draft-1")
    write_study_files(kept / "b")
    (kept / "no-study").mkdir()
    assert library.slugs == ("lasting", "b")
    write_study_files(kept / "a")
    assert library.slugs == ("lasting", "a", "b")
    assert library.find("b").study is not None
    assert [entry.slug for entry in library.once_called("a")] == ["a"]
    (kept / "a").rename(kept / ".gone-1")
    assert library.slugs == ("lasting", "b")
    assert library.find("a") is None


def test_studies_that_were_claimed_and_given_up_are_read_by_who_asks(tmp_path, monkeypatch):
    monkeypatch.setattr(file_looks, "WEIGHING_PATIENCE_S", 300.0)
    folders = [write_study_files(tmp_path / name).folder for name in ("one", "two", "three")]
    library = StudyLibrary(folders)
    reading = library.claim()
    assert next(reading).slug == "one"
    assert [entry.reading for entry in library.entries(wait_s=0)] == [False, True, True]
    reading.close()
    assert [entry.reading for entry in library.entries(wait_s=0)] == [False] * 3


def test_small_studies_are_read_first_and_listed_where_they_were(tmp_path, monkeypatch):
    monkeypatch.setattr(file_looks, "WEIGHING_PATIENCE_S", 300.0)
    large, small = (write_study_files(tmp_path / name) for name in ("large", "small"))
    large.write("runs.csv", large.read("runs.csv") + "\n" * 10_000)
    library = StudyLibrary([tmp_path / "gone", large.folder, small.folder])
    reading = library.claim()
    assert next(reading).slug == "small"
    listed = [entry.slug for entry in library.entries(wait_s=0)]
    assert listed == ["gone", "large", "small"]
    assert library.find("small", wait_s=0).study is not None
    # The page still begins with the first that may turn out readable.
    assert library.find("large", wait_s=0).reading
    first = AppContext(library, ResultCache(None)).resolve({}, wait_s=0).entry
    assert (first.slug, first.reading) == ("gone", True)
    assert [entry.slug for entry in reading] == ["large", "gone"]


def test_a_folder_that_does_not_answer_is_read_when_it_does_and_no_other_waits(
    tmp_path, monkeypatch
):
    hung, *others = (write_study_files(tmp_path / name).folder for name in ("hung", "one", "two"))
    answer, state_of = threading.Event(), study_library.io.study_state

    def state(folder):
        assert folder != hung or answer.wait(300)
        return state_of(folder)

    monkeypatch.setattr(study_library.io, "study_state", state)
    monkeypatch.setattr(file_looks, "WEIGHING_PATIENCE_S", 0.0)
    library = StudyLibrary([hung, *others])
    reading = library.claim()
    assert {next(reading).slug, next(reading).slug} == {"one", "two"}
    # As long as it does not answer, it is being read, and whoever asks waits no longer than asked.
    assert [entry.reading for entry in library.entries(wait_s=0)] == [True, False, False]
    assert not answer.is_set()
    answer.set()
    assert [entry.slug for entry in reading] == ["hung"]
    assert library.find("hung", wait_s=0).study is not None

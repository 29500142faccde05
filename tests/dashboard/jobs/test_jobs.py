"""What tabs and jobs tell each other, without processes: a board in memory, time by hand."""

from __future__ import annotations

from collections import UserDict

import pytest

from core.errors import RequestError
from dashboard.jobs import jobs as module
from dashboard.jobs.jobs import Job, JobManager, JobOverError, JobsError, duration
from dashboard.jobs.timeouts import UNWATCHED_SECONDS, WATCH_SECONDS
from dashboard.server.shared_store import SharedStoreError

KEY = "k"


class Clock:
    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


class MemoryBoard(UserDict):
    """Names that run out by a clock; `down` makes it fail."""

    def __init__(self, clock):
        super().__init__()
        self.clock = clock
        self.down = False

    def read(self, name):
        if self.down:
            raise SharedStoreError("down")
        value, end = self.get(name, (None, 0.0))
        return value if end > self.clock.now else None

    def write(self, name, value, seconds):
        self.read(name)
        self[name] = (value, self.clock.now + seconds)

    def add(self, name, value, seconds):
        if self.read(name) is not None:
            return False
        self.write(name, value, seconds)
        return True

    def remove(self, *names):
        for name in names:
            self.read(name)
            self.pop(name, None)


class Manager:
    """What is left of Dash's manager: a job function calls its function and keeps the result."""

    UNDEFINED = object()

    def make_job_fn(self, fn, progress, key=None):
        def job_fn(result_key, progress_key, arguments, context):
            def tell(value):
                self.board.write(progress_key, value, 60)

            self.board.write(result_key, fn(tell, *arguments), 60)

        return job_fn


class Jobs(JobManager, Manager):
    deadline = 3600.0
    most = 1

    def __init__(self, board):
        self.board = board
        self.sent = []

    def identify(self, arguments):
        return str(arguments[0]["work"])

    def send(self, key, arguments):
        self.sent.append(key)

    def waiting_text(self, key):
        return "waits"


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def jobs(clock):
    return Jobs(MemoryBoard(clock))


def do(jobs, fn):
    """Do the job as its process would."""
    jobs.make_job_fn(fn, True)(KEY, f"{KEY}-progress", [KEY, "order"], {})


def test_a_key_is_what_is_to_be_done_and_nothing_else(jobs):
    def compute(job, order):
        return order

    def key(**order):
        return jobs.build_cache_key(compute, [order], [], None)

    assert key(work="a", times=1) == key(work="a", times=2)
    assert key(work="a") != key(work="b")


def test_a_job_is_sent_once_however_many_tabs_look_after_it(jobs, clock):
    tabs = [jobs.call_job_fn(KEY, None, ["order"], {}) for _ in range(3)]
    assert len(set(tabs)) == 3
    assert jobs.get_progress(KEY) == ["0", "1", "waits"]
    assert jobs.get_result(KEY, tabs[0]) is jobs.UNDEFINED
    assert jobs.sent == [KEY]
    clock.now += module.RESEND_SECONDS + 1
    jobs.get_result(KEY, tabs[0])
    assert jobs.sent == [KEY, KEY]  # nobody has heard of it: it is sent again


def test_every_tab_gets_the_progress_and_the_result(jobs):
    tabs = [jobs.call_job_fn(KEY, None, ["order"], {}) for _ in range(2)]

    def compute(job, order):
        job.progress(3, 10, "three of ten")
        assert jobs.get_progress(KEY) == jobs.get_progress(KEY) == ["3", "10", "three of ten"]
        job.progress(4, 10, "four of ten")  # too soon after the last one
        assert jobs.get_progress(KEY) == ["3", "10", "three of ten"]
        return {"done": order}

    do(jobs, compute)
    for tab in tabs:
        assert jobs.get_result(KEY, tab) == {"done": "order"}
        assert not jobs.job_running(tab)
    assert jobs.get_result(KEY, tabs[0]) is jobs.UNDEFINED


def test_a_second_run_of_the_same_ends_without_touching_the_first(jobs):
    tab = jobs.call_job_fn(KEY, None, ["order"], {})
    ran = []

    def compute(job, order):
        ran.append(1)
        if len(ran) == 1:
            do(jobs, compute)
            assert jobs.get_result(KEY, tab) is jobs.UNDEFINED
        return {"done": True}

    do(jobs, compute)
    assert ran == [1]
    assert jobs.get_result(KEY, tab) == {"done": True}


def test_a_job_that_begins_while_a_tab_looks_after_it_is_not_sent_again(jobs, clock, monkeypatch):
    tab = jobs.call_job_fn(KEY, None, ["order"], {})
    add = jobs.board.add

    def begins_before(name, value, seconds):
        if name == f"{KEY}-sent":
            jobs.board.write(f"{KEY}-alive", "run", module.ALIVE_SECONDS)
            jobs.board.remove(name)
        return add(name, value, seconds)

    monkeypatch.setattr(jobs.board, "add", begins_before)
    assert jobs.get_result(KEY, tab) is jobs.UNDEFINED
    assert jobs.sent == [KEY]
    monkeypatch.undo()
    clock.now += module.ALIVE_SECONDS + 1
    jobs.get_result(KEY, tab)
    assert jobs.sent == [KEY, KEY]  # it is dead: nothing keeps it from being sent at once


def test_a_run_that_comes_late_leaves_the_result_of_the_first(jobs, clock):
    tab = jobs.call_job_fn(KEY, None, ["order"], {})
    do(jobs, lambda job, order: {"done": order})
    do(jobs, lambda job, order: pytest.fail("it was done again"))
    clock.now += module.WRITTEN_SECONDS + 1
    do(jobs, lambda job, order: pytest.fail("it was done again"))
    assert jobs.get_result(KEY, tab) == {"done": "order"}


def test_a_run_without_a_board_has_no_result(jobs):
    jobs.call_job_fn(KEY, None, ["order"], {})

    def ends(job, order):
        jobs.board.down = True
        raise JobOverError("")

    said = jobs._begun(ends)(lambda _progress: None, KEY, "order")
    assert said == module.NOT_DONE


def test_a_job_that_nobody_waits_for_any_more_is_not_begun(jobs, clock):
    jobs.call_job_fn(KEY, None, ["order"], {})
    clock.now += WATCH_SECONDS + 1
    do(jobs, lambda job, order: pytest.fail("it was begun"))
    tab = jobs.call_job_fn(KEY, None, ["order"], {})
    assert jobs.get_result(KEY, tab) is jobs.UNDEFINED  # and what it left is no result


def test_errors_are_told_in_words_and_unforeseen_ones_by_a_number(jobs, caplog):
    def refused(job, order):
        raise RequestError("there is no such study")

    def broken(job, order):
        raise ZeroDivisionError("secret")

    def late(job, order):
        raise JobOverError("it took too long")

    for fn, said in ((refused, "there is no such study"), (late, "it took too long")):
        tab = jobs.call_job_fn(KEY, None, ["order"], {})
        do(jobs, fn)
        assert jobs.get_result(KEY, tab) == {"ended": said}
        jobs.board.clear()
    tab = jobs.call_job_fn(KEY, None, ["order"], {})
    do(jobs, broken)
    ended = jobs.get_result(KEY, tab)["ended"]
    assert "secret" not in ended
    assert ended.rsplit(" ", 1)[1] in caplog.text


def test_a_store_that_does_not_answer_is_no_news(jobs):
    tab = jobs.call_job_fn(KEY, None, ["order"], {})
    jobs.board.down = True
    assert jobs.get_progress(KEY) is None
    assert jobs.get_result(KEY, tab) is jobs.UNDEFINED
    assert jobs.job_running(tab)
    jobs.terminate_job(tab)
    with pytest.raises(JobsError, match="does not answer"):
        jobs.call_job_fn(KEY, None, ["order"], {})
    jobs.board.down = False
    assert jobs.job_running(tab)
    jobs.board.clear()  # it came back empty: there is nothing to wait for
    assert not jobs.job_running(tab)


def test_a_job_that_cannot_be_sent_is_tried_again(jobs, clock, caplog):
    tab = jobs.call_job_fn(KEY, None, ["order"], {})
    clock.now += module.RESEND_SECONDS + 1

    def fail(key, arguments):
        raise JobsError("the job queue does not answer")

    jobs.send = fail
    assert jobs.get_result(KEY, tab) is jobs.UNDEFINED
    assert "does not answer; tried again" in caplog.text


@pytest.fixture
def job(jobs, clock):
    jobs.board.write(f"{KEY}-watched", True, WATCH_SECONDS)
    return Job(
        jobs.board,
        KEY,
        "run",
        tell=lambda _: None,
        deadline=1000.0,
        closing=lambda: False,
    )


def test_a_watched_job_says_that_it_lives(job, jobs, clock):
    job._look()
    assert not job.is_over()
    assert jobs.board.read(f"{KEY}-alive") == "run"
    job.check()


def test_a_job_goes_on_a_little_after_the_last_tab_and_then_ends(job, jobs, clock):
    jobs.board.remove(f"{KEY}-watched")
    clock.now += UNWATCHED_SECONDS - 0.5
    job._look()
    assert not job.is_over()
    clock.now += 1
    job._look()
    with pytest.raises(JobOverError) as over:
        job.check()
    assert over.value.reason == ""


def test_a_job_outlives_a_short_silence_of_its_board_and_no_long_one(job, jobs, clock):
    jobs.board.down = True
    clock.now += WATCH_SECONDS - 1
    job._look()
    assert not job.is_over()
    clock.now += UNWATCHED_SECONDS + 2
    job._look()
    assert job.is_over()


def test_a_job_that_another_run_took_over_ends(job, jobs):
    jobs.board.write(f"{KEY}-alive", "another", 60)
    job._look()
    assert job.is_over()
    assert jobs.board.read(f"{KEY}-alive") == "another"


def test_the_deadline_is_named(job, clock):
    clock.now += 1001
    job._look()
    with pytest.raises(JobOverError, match="longer than the 17 min a job may take"):
        job.check()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "1 s"),
        (59, "59 s"),
        (59.7, "1 min"),
        (150, "2 min"),
        (3599, "1 h"),
        (3700, "1 h 2 min"),
        (7200, "2 h"),
        (40_000, "11 h"),
    ],
)
def test_durations_are_as_exact_as_estimates(seconds, said):
    assert duration(seconds) == said

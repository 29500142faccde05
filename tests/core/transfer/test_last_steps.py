"""Where runs end that are compared at their last checkpoints."""

from __future__ import annotations

import pytest

from core.analyses.integrity import integrity
from core.analyses.integrity.finding import IntegrityKind
from core.io import open_study
from core.transfer.last_steps import LastSteps, last_steps


@pytest.fixture
def study(tmp_path):
    """Methods lora and full on A, each over two seeds: who stopped early has fewer rows."""

    def made(ends, *, skip=()):
        rows = [
            f"{method},A,{target},{seed},{step},{0.5 + step / 1000}"
            for (method, seed), last in ends.items()
            for target in "AB"
            for step in range(100, last + 1, 100)
            if (method, seed, target, step) not in skip
        ]
        (tmp_path / "s.csv").write_text(
            "method,sources,target,seed,checkpoint,score\n" + "\n".join(rows) + "\n"
        )
        (tmp_path / "study.toml").write_text(
            '[evaluations]\nlayout = "scores"\npath = "s.csv"\n[scale]\nmetric = "accuracy"\n'
        )
        return open_study(tmp_path)

    return made


ENDS = {("lora", 0): 400, ("lora", 1): 300, ("full", 0): 200, ("full", 1): 200}


def test_each_method_has_its_ends_and_all_have_the_first(study):
    found = study(ENDS)
    both = last_steps(found, ["lora", "full"])
    assert both == LastSteps((("lora", 300, 400), ("full", 200, 200)), 200)
    assert (both.first, both.last) == (200, 400)
    assert last_steps(found, ["lora"]) == LastSteps((("lora", 300, 400),), 300)
    # Where all end alike, with one seed or at a step somebody asked for, there is nothing to say.
    assert last_steps(found, ["full"]) is None
    assert last_steps(found, ["lora"], [0]) is None
    assert last_steps(found, ["lora", "full"], checkpoint=200) is None
    assert last_steps(found, ["lora", "full"], [1]) == LastSteps(
        (("lora", 300, 300), ("full", 200, 200)), 200
    )


def test_a_step_that_one_target_lacks_is_not_shared(study):
    found = study(ENDS, skip={("lora", 0, "B", 300)})
    assert last_steps(found, ["lora"]).shared == 200
    every = {(m, s, t, k) for m, s in ENDS for t in "AB" for k in (100, 200) if m == "lora"}
    assert last_steps(study(ENDS, skip=every), ["lora", "full"]).shared is None


def test_the_check_names_runs_that_end_at_different_checkpoints(study):
    said = [one.text for one in integrity(study(ENDS)) if one.kind is IntegrityKind.CHECKPOINT]
    assert said == [
        "lora: runs end at different checkpoints, 300 to 400, and each stands with its own last"
        " one: what differs may be how long they were trained; all have 300"
    ]
    usual = {("lora", seed): 300 for seed in range(3)} | {("lora", 3): 200}
    said = [one.text for one in integrity(study(usual)) if one.kind is IntegrityKind.CHECKPOINT]
    assert said == [
        "lora: the last checkpoint is 300 in 3 runs and another in lora: A, seed 3 (200);"
        " all have 200"
    ]

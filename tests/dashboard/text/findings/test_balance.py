"""Who gives and who takes, in a sentence."""

from dataclasses import replace
from types import SimpleNamespace

from dashboard.text.findings.balance import balance_finding
from tests.dashboard.figures.samples import (
    balance_of,
    random_study,
)


def test_balance_finding():
    found = balance_of(random_study(4))
    top = max(found.tasks, key=lambda task: task.net)
    assert balance_finding(found).startswith(f"{top.task} gives most on balance (+")
    one = balance_of(random_study(1))
    assert "needs at least 2 tasks" in balance_finding(one) or "nothing to balance" in (
        balance_finding(one)
    )
    assert "nothing to balance" in balance_finding(replace(found, tasks=()))


def test_a_balance_without_a_difference_names_nobody():
    found = SimpleNamespace(
        tasks=[SimpleNamespace(task=name, net=0.0, estimated=False) for name in "ab"], seeds=(1,)
    )
    assert balance_finding(found) == ("All 2 tasks give as much as they receive: every net is 0.")

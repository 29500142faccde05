"""Which program computes: what its statements say, wherever they stand."""

from __future__ import annotations

from core.numerics.program import modules_of, program_digest, statements


def test_a_move_changes_nothing_and_another_formula_is_seen():
    before = '"""Says."""\nfrom core.old import a\n\ndef f(x):\n    """Doc."""\n    return a * x\n'
    moved = "from core.new.room import a\n\ndef f(x):\n    # why\n    return a*x\n"
    assert statements(before) == statements(moved)
    assert statements(before) != statements(moved.replace("a*x", "a+x"))


def test_a_module_is_one_with_what_it_takes():
    modules = {module.__name__ for module in modules_of("core.numerics.blockwise")}
    assert {"core.numerics.blockwise", "core.numerics.threads", "core.errors"} <= modules
    assert program_digest("core.numerics.blockwise") != program_digest("core.numerics.permutation")
    assert modules_of("json") == []

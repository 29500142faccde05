from __future__ import annotations

from core.cache.recent import Recent


def test_in_memory_what_nobody_asked_for_longest_makes_room():
    recent = Recent(2)
    for key in ("a", "b"):
        recent.keep(key, key)
    assert recent.find("a") == "a"
    recent.keep("c", "c")
    assert [recent.find(key) for key in ("a", "b", "c")] == ["a", None, "c"]

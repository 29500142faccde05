"""A module's tests stand where the module stands, or a line here says where they are and why."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"

ELSEWHERE: dict[str, str] = {}

def modules():
    for p in ("core","dashboard"):
        for path in sorted((ROOT/p).rglob("*.py")):
            if path.name == "__init__.py": continue
            yield path.relative_to(ROOT)
if __name__=="__main__":
    for m in modules():
        t = TESTS / m.parent / f"test_{m.name}"
        if not t.exists(): print(m)

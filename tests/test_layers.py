"""What the import contracts in pyproject.toml cannot say: who opens files."""

from __future__ import annotations

from pathlib import Path

CORE = Path(__file__).parents[1] / "core"
OTHERS = {"cache", "cli"}


def test_only_io_opens_files_of_a_study():
    """Paths, columns and JSON keys of a study are known in one place."""
    paths = sorted(CORE.rglob("*.py"))
    assert paths
    for path in paths:
        room = path.relative_to(CORE).parts[0]
        if room == "io" or room in OTHERS:
            continue
        text = path.read_text(encoding="utf-8")
        for call in ("read_csv", "read_text(", "read_bytes(", "open(", "np.load("):
            assert call not in text, f"{path.relative_to(CORE)} opens files"

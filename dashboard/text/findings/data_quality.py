"""Whether the data are whole, in a sentence. Plain text, not escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.text import names, numbers

if TYPE_CHECKING:
    from core.analyses.data_quality import DataQuality


def condition_finding(found: DataQuality) -> str:
    """Whether the data are whole, in a sentence."""
    values = f"{found.values:,} values"
    faults = [
        (found.missing.count, "are missing", "is missing"),
        (found.undefined.count, "are undefined on the strict scale", ""),
        (found.clipped.count, "are cut by the published scale", ""),
    ]
    said = [
        f"{count:,} {(one or many.replace('are', 'is', 1)) if count == 1 else many}"
        for count, many, one in faults
        if count
    ]
    if found.failed:
        said.append(f"{numbers.counted(len(found.failed), 'run')} failed")
    if not said and not found.warnings:
        return f"The data are whole: none of {values} is missing, undefined or cut, no run failed."
    if not said:
        warned = numbers.counted(len(found.warnings), "warning")
        return f"None of {values} is missing, undefined or cut; the files gave {warned}."
    return f"Of {values} {names.joined(said)}."

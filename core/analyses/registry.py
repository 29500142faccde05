"""All analyses by the name a job, a log and the cache call them; importing it imports them all."""

from __future__ import annotations

from typing import Any

from core import analyses
from core.analyses.analysis import Analysis

_PUBLIC = (getattr(analyses, name) for name in analyses.__all__)

ANALYSES: dict[str, Analysis[Any]] = {
    public.name: public for public in _PUBLIC if isinstance(public, Analysis)
}

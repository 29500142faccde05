"""How many cases a property is tried on."""

from __future__ import annotations

from hypothesis import HealthCheck, settings


def cases(count: int) -> settings:
    """So many in CI; at night as many as the profile `nightly` says."""
    nightly = settings.get_current_profile_name() == "nightly"
    return settings(
        max_examples=settings.default.max_examples if nightly else count,
        deadline=None,
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.filter_too_much,
        ],
    )

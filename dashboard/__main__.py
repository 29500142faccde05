"""`python -m dashboard`: serve the dashboard where the environment says."""

from __future__ import annotations

import sys

from core.errors import AtlasError
from dashboard.serving import serve
from dashboard.settings import Settings, SettingsError, configure_logging


def main() -> int:
    """Serve until stopped; 2 for a setting that cannot be used, 1 for a port that is taken."""
    try:
        settings = Settings.from_environment()
        configure_logging(settings)
        serve(settings)
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    except AtlasError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m dashboard`: serve the dashboard where the environment says; `user`: who may log in."""

from __future__ import annotations

import click

from core.errors import AtlasError
from dashboard.server import shared_metrics
from dashboard.server.access.commands import users
from dashboard.server.access.users import UsersError
from dashboard.server.settings import Settings, SettingsError

EXIT_WRONG, EXIT_SETTING = 1, 2


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.pass_context
def main(context: click.Context) -> None:
    """Serve the dashboard until stopped; the README lists the settings.

    Exit 2 for a setting that cannot be used, 1 for a port that is taken.
    """
    if context.invoked_subcommand is None:
        context.exit(_serve())


main.add_command(users)


def _serve() -> int:
    try:
        settings = Settings.from_environment()
        # Dash and gunicorn take a moment to load, and read settings of their own.
        shared_metrics.keep_apart()
        from dashboard.app import create_app
        from dashboard.server.logs import configure_logging
        from dashboard.server.serving import serve

        configure_logging(settings)
        serve(settings, create_app)
    except (SettingsError, UsersError) as error:
        click.echo(error, err=True)
        return EXIT_SETTING
    except AtlasError as error:
        click.echo(error, err=True)
        return EXIT_WRONG
    return 0


if __name__ == "__main__":
    main()

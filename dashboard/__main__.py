"""`python -m dashboard`: serve the dashboard where the environment says; `user`: who may log in."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

import click

from core.errors import AtlasError
from core.io.remote import is_address
from dashboard.server import shared_metrics
from dashboard.server.access.commands import users
from dashboard.server.access.users import UsersError
from dashboard.server.settings import Settings, SettingsError

EXIT_WRONG, EXIT_SETTING = 1, 2


class _Studies(click.Group):
    """Commands; whatever is no command and is there names a study to serve."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of that name, else `serve` with all that was named."""
        if args[0] not in self.commands and _is_there(args[0]):
            return "serve", serve_studies, args
        if args[0] not in self.commands:
            ctx.fail(
                f"no file or folder {args[0]!r} is here, and no command has that name; there is"
                f" {', '.join(self.list_commands(ctx))}"
            )
        return super().resolve_command(ctx, args)


def _is_there(study: str) -> bool:
    """A path that exists, or an address; that is looked at when it is served."""
    return is_address(study) or Path(study).expanduser().exists()


class _StudyType(click.Path):
    """A path that exists, or an address."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The same text; a usage error where nothing is there."""
        return value if is_address(value) else super().convert(value, param, ctx)


@click.command("serve", hidden=True)
@click.argument("studies", nargs=-1, type=_StudyType(exists=True))
@click.pass_context
def serve_studies(context: click.Context, studies: tuple[str, ...]) -> None:
    """Serve these folders, files of results or addresses, in place of STUDY."""
    os.environ["STUDY"] = os.pathsep.join(studies)
    context.exit(_serve())


@click.group(
    cls=_Studies,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.pass_context
def main(context: click.Context) -> None:
    """Serve the dashboard until stopped; the README lists the settings.

    Folders of studies, or files of results, can be named in place of STUDY: results.csv.

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
        gc.disable()  # until the server listens, see warm_up.settled
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

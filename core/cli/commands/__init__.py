"""python -m core: everything without the dashboard, for scripts and notebooks.

Standard output holds the result and nothing else; what is wrong goes to standard error, one line
each. Exit 0, 1 where the study or the request is wrong, 2 for a command line that makes no sense.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click
import numpy as np

from core.errors import AtlasError, RequestError, StudyError, one_line
from core.io import listing

EXIT_WRONG, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130

COMMANDS = {
    "association": "core.cli.commands.transfer:association",
    "balance": "core.cli.commands.transfer:balance",
    "cache": "core.cli.commands.cache:cache",
    "check": "core.cli.commands.check:check",
    "cka": "core.cli.commands.cka:cka",
    "export": "dashboard.export.commands:export",
    "graph": "core.cli.commands.transfer:graph",
    "init": "core.cli.commands.init:init",
    "matrix": "core.cli.commands.transfer:matrix",
    "plan": "core.cli.commands.planning:plan",
    "predictors": "core.cli.commands.planning:predictors",
    "report": "dashboard.export.commands:report",
    "several": "core.cli.commands.several:several",
    "similarity": "core.cli.commands.similarity:similarity",
    "synth": "core.cli.commands.synth:synth",
}
"""By name, imported when somebody asks for one: reading a study needs nothing that computes.

What draws stands above the core, which knows neither Plotly nor an address of the dashboard.
"""


class Commands(click.Group):
    """Those of `COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """All names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name; one that draws says what it lacks where that is not here."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        try:
            importlib.import_module(module.rpartition(".")[0])  # so that its name is told
            found: click.Command = getattr(importlib.import_module(module), name)
        except ModuleNotFoundError as fault:
            return _lacking(cmd_name, str(fault.name))
        return found


def _lacking(command: str, module: str) -> click.Command:
    """A command that cannot be done here, and says so when it is asked for."""

    def tell(**_: Any) -> None:
        raise RequestError(
            f"{command} draws figures and needs {module}: python -m pip install -r"
            " requirements.txt, and run it from the project's folder"
        )

    return click.Command(
        command,
        callback=tell,
        params=[click.Argument(["words"], nargs=-1, type=click.UNPROCESSED)],
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
        help=f"Needs {module}, which is not here.",
    )


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
def cli() -> None:
    """Which task teaches which: the numbers of a study, without the dashboard."""


def _fail(lines: list[str], code: int) -> int:
    for line in lines:
        click.echo(f"error: {one_line(line)}", err=True)
    return code


def main() -> int:
    """Run the command line; returns its exit code."""
    try:
        # Numbers that leave the range of a float become null; numpy would also tell so on
        # standard error, which is for lines of ours.
        with np.errstate(all="ignore"):
            code = cli.main(standalone_mode=False, prog_name="python -m core")
        return code if isinstance(code, int) else 0
    except click.exceptions.NoArgsIsHelpError as fault:
        click.echo(fault.ctx.get_help() if fault.ctx else "", err=True)
        return EXIT_USAGE
    except click.ClickException as fault:
        return _fail([fault.format_message()], EXIT_USAGE)
    except click.Abort:
        return EXIT_INTERRUPTED
    except StudyError as fault:
        errors = [problem for problem in fault.problems if problem.is_error]
        lines = listing(errors)
        for line in lines:
            click.echo(line, err=True)
        if len(lines) < len(errors):
            click.echo("next: python -m core check STUDY --all names every place", err=True)
        return EXIT_WRONG
    except AtlasError as fault:
        return _fail([str(fault)], EXIT_WRONG)
    except BrokenPipeError:
        # The reader (head, less) has seen enough; nothing is left to say, not even at exit.
        _close_output()
        return 0
    except OSError as fault:
        if fault.filename is not None or fault.errno is None:  # of a file: told where it is opened
            raise
        _close_output()
        return _fail([f"the result cannot be written: {fault.strerror}"], EXIT_WRONG)


def _close_output() -> None:
    """What is still to be printed goes nowhere: at exit Python would try it again, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

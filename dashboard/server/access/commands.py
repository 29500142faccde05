"""`python -m dashboard user`: who may log in with AUTH=basic."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dashboard.server.access.users import UsersError, add_user, read_users, remove_user

FILE = click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="AUTH_FILE",
    required=True,
    show_envvar=True,
    help="The file of users.",
)


@click.group(name="user")
def users() -> None:
    """Who may log in with AUTH=basic; a running server notices changes by itself."""


@users.command()
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@FILE
def add(name: str, password_stdin: bool, path: Path) -> None:
    """Add a user, or give one another password; it is asked for twice, never an argument."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt="The same again")
    try:
        new = add_user(path, name, password)
    except UsersError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{name} {'added to' if new else 'has a new password in'} {path}")


@users.command()
@click.argument("name")
@FILE
def remove(name: str, path: Path) -> None:
    """Remove a user, at once also from running servers."""
    try:
        remove_user(path, name)
    except UsersError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{name} removed from {path}")


@users.command(name="list")
@FILE
def list_users(path: Path) -> None:
    """The names, one a line."""
    try:
        names = sorted(read_users(path))
    except UsersError as error:
        raise click.ClickException(str(error)) from None
    for name in names:
        click.echo(name)

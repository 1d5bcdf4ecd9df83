"""The command line: `bonmot COMMAND`, its exit codes, and what a person sees when something fails."""

from __future__ import annotations

import errno
import io
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import Abort, TyperException

from monitor.errors import AuthNeeded, BadInput, Refused, Unavailable
from monitor.visible import visible
from responders.commands import COMMANDS

FINE, YOUR_INPUT, USAGE, OUR_BUG, INTERRUPTED = 0, 1, 2, 3, 130
WIDTH = 100
"""Columns of help texts at most; wider lines are hard to read."""
OF_THE_MACHINE = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
    | {errno.ENAMETOOLONG, errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.EMFILE, errno.ENFILE}
)
"""Full disks, missing rights, impossible names: a person can mend them, a report of a bug cannot."""
DEBUG_VARIABLE = "BONMOT_DEBUG"


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):  # a terminal without our letters gets escapes, not a traceback
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: Sequence[str]) -> int:
    """Run one command; returns 0 fine, 1 your input, 2 usage, 3 our bug, 130 interrupted. Never raises."""
    try:
        code = app()(args=list(argv), prog_name="bonmot", standalone_mode=False)
        if sys.stdout is not None:  # closed before we began: nobody wants to read
            sys.stdout.flush()
        return code if isinstance(code, int) else FINE
    except (KeyboardInterrupt, Abort):
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        return _nobody_reads()
    except SystemExit as end:
        return _nobody_reads() if isinstance(end.__context__, BrokenPipeError) else _code(end)
    except TyperException as error:
        return _said_by_typer(error)
    except (BadInput, Refused, AuthNeeded, Unavailable) as error:
        print("\n".join(visible(line) for line in str(error).split("\n")), file=sys.stderr)
        return YOUR_INPUT
    except OSError as error:
        return _our_bug(error) if error.errno not in OF_THE_MACHINE else _said_by_the_machine(error)
    except Exception as error:  # the edge of the program: a person gets one line, the details go to a file
        return _our_bug(error)


def app() -> Any:
    """The command line as one object; each command's module is imported only when it is called."""
    top = typer.Typer(
        cls=_Commands,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"max_content_width": WIDTH, "help_option_names": ["-h", "--help"]},
    )
    top.callback(no_args_is_help=True)(_top)
    return typer.main.get_command(top)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"bonmot {version('bonmot')}")
        raise typer.Exit


def _top(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of a bug.")] = False,
    _show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Watches public streams for what a brand could answer, asks a person, posts exactly that text once.

    Exit codes: 0 fine, 1 your input, 2 usage, 3 our bug, 130 interrupted.
    """
    if debug:
        os.environ[DEBUG_VARIABLE] = "1"


class _Commands(TyperGroup):
    """Lists the commands without importing them."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        for name, entry in COMMANDS.items():
            if find_spec(f"{COMMANDS_AT}.{name}"):
                self.add_command(TyperCommand(name, help=entry.line, rich_markup_mode=None))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, _, rest = super().resolve_command(ctx, args)
        return name, name and command(name), rest


COMMANDS_AT = "responders.commands"


def command(name: str) -> Any:
    """One command, imported: the function `name` of the module `name`, its help from COMMANDS."""
    entry = COMMANDS[name]
    function = getattr(import_module(f"{COMMANDS_AT}.{name}"), name)
    if "structlog" in sys.modules:  # unconfigured it would write to standard output, into the JSON
        import_module("monitor.telemetry").configure("warning")
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    alone.command(name, help=f"{entry.line}\n\nExample: {entry.example}")(function)
    built = typer.main.get_command(alone)
    for argument in (one for one in built.params if one.param_type_name == "argument"):
        vars(argument)["display_type_rich"] = lambda **_: ""  # else `FILE <list[Path]>`, which helps nobody
    return built


def _code(end: SystemExit) -> int:
    return end.code if isinstance(end.code, int) else FINE if end.code is None else YOUR_INPUT


def _said_by_typer(error: Any) -> int:
    """A mistake on the command line itself."""
    if hasattr(error, "show"):
        error.show()
    return int(getattr(error, "exit_code", USAGE))


def _said_by_the_machine(error: OSError) -> int:
    """What the disk or the rights did not allow, on what."""
    name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else "standard output"
    print(f"{visible(name[:200])}: {error.strerror}", file=sys.stderr)
    return YOUR_INPUT


def _nobody_reads() -> int:
    """The reader of our output went away (`| head`): that is its right, and nobody needs to hear of it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FINE


def _our_bug(error: Exception) -> int:
    """One line for a person; the traceback to a file, or to the screen with --debug."""
    trace = "".join(traceback.format_exception(error))
    if os.environ.get(DEBUG_VARIABLE):
        print(trace, file=sys.stderr)
        return OUR_BUG
    with tempfile.NamedTemporaryFile("w", prefix="bonmot-", suffix=".txt", delete=False, encoding="utf-8") as file:
        file.write(trace)
    what = visible(f"{type(error).__name__}: {error}")[:200]
    print(f"a bug of ours, please report it: {what} (details in {file.name}, or run with --debug)", file=sys.stderr)
    return OUR_BUG

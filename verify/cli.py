"""The command ``attnverify``: a thin front door that loads a subcommand's module only when it is called."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click

from verify import __version__
from verify.errors import InvalidInput

COMMANDS = Path(__file__).parent / "commands"

INVALID, INTERNAL, INTERRUPTED = 2, 1, 130
"""Exit codes for wrong input, for a defect of this program, and for Ctrl-C."""


class LazyGroup(click.Group):
    """A group whose subcommands are the modules of :mod:`verify.commands`, each with a ``command``.

    A command module imports nothing heavy at its top, so that listing all of them stays fast.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(path.stem.replace("_", "-") for path in COMMANDS.glob("[!_]*.py"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"verify.commands.{cmd_name.replace('-', '_')}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            from difflib import get_close_matches

            close = get_close_matches(args[0], self.list_commands(ctx), n=1)
            advice = f"did you mean '{close[0]}'?" if close else "see 'attnverify --help'"
            raise click.UsageError(f"there is no command '{args[0]}'; {advice}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 every verdict as expected, 3 a verdict against its expectation (or refuted without one), "
    "4 something that should be decided stayed undecided, 2 wrong usage or invalid file, 1 internal error.",
)
@click.version_option(__version__, prog_name="attnverify")
def app() -> None:
    """Check theorems about attention networks, with evidence.

    A claim file or a theorem of the library goes in; out come a verdict (proved, refuted, vacuous, supported or
    undecided), the numbers behind it, and a certificate that 'attnverify recheck' verifies on its own.

    \b
    attnverify check claim.toml            decide a claim
    attnverify check sparse-mask           check a theorem of the library on its data
    attnverify recheck certificates/*.json verify certificates independently
    attnverify derive claim.toml           print gradient, Hessian, critical points
    """


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    try:
        code = app.main(args=args, prog_name="attnverify", standalone_mode=False)
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.exceptions.Abort:
        click.echo("interrupted; what was finished is kept", err=True)
        code = INTERRUPTED
    except click.ClickException as error:
        error.show()
        code = INVALID
    except InvalidInput as error:
        click.echo(f"error: {error}", err=True)
        code = INVALID
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    except Exception as error:
        _report_defect(error)
        code = INTERNAL
    sys.exit(code if isinstance(code, int) else 0)


def _report_defect(error: Exception) -> None:
    import traceback

    traceback.print_exception(error)
    click.echo("internal error: this is a defect of attnverify, not a verdict", err=True)


if __name__ == "__main__":
    main()

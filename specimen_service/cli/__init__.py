"""The `specimen-service` command. Modules import what is heavy inside their functions, so that `--help` is instant."""

import sys

import click

from specimen_service.cli.backup import backup, restore
from specimen_service.cli.custody import custody
from specimen_service.cli.database import db
from specimen_service.cli.demo import demo
from specimen_service.cli.devices import devices
from specimen_service.cli.failures import sentence_of
from specimen_service.cli.jobs import jobs
from specimen_service.cli.people import users
from specimen_service.cli.printers import printers
from specimen_service.cli.serve import serve, spool

COULD_NOT = 2
"""Exit code for wrong use, and for what could not be done."""
INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="specimen-service")
def commands() -> None:
    """Label and track specimens: collect, label at the chair, verify on the tube, follow every scan."""


for _command in (demo, serve, spool, db, users, devices, printers, jobs, custody, backup, restore):
    commands.add_command(_command)


def main() -> None:
    """Run the command line of this process and exit with its code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; returns 0 done, 1 answered "no", 2 wrong use or could not. Errors are one line on stderr."""
    try:
        code = commands.main(arguments, prog_name="specimen-service", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return COULD_NOT
    except click.Abort:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the edge of the process: one line for people, never a traceback
        click.echo(f"specimen-service: {sentence_of(error)}", err=True)
        return COULD_NOT

"""`custody`: checking the log of custody, sealing it, handing it to somebody who checks it alone, erasing a note."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from specimen_service.cli.console import Site, actor, config_option, site

if TYPE_CHECKING:
    from specimen_service.custody.proof import Checkpoint
    from specimen_service.custody.verify import Progress

_readable = click.Path(path_type=Path, exists=True, dir_okay=False)
_writable = click.Path(path_type=Path, dir_okay=False)


@click.group()
def custody() -> None:
    """Check the chain of custody, and seal it."""


@custody.command()
@click.option("--checkpoint", "checkpoint_file", type=_readable, help="What `custody checkpoint` printed earlier.")
@click.option("--public-key", "key_file", type=_readable, help="PEM key that signed it; default: the configured key's.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@config_option
def verify(*, checkpoint_file: Path | None, key_file: Path | None, as_json: bool, config: Path | None) -> None:
    """Recompute custody from its rows. Exit 0: whole; 1: each bad row is named; 2: it could not be checked."""
    from specimen_service.custody.proof import Fault, What
    from specimen_service.custody.signing import is_signed
    from specimen_service.custody.verify import verify as verified

    checkpoint = _read_checkpoint(checkpoint_file) if checkpoint_file else None
    with site(config) as here:
        public_key = key_file.read_bytes() if key_file else _public_key(here) if checkpoint is not None else None
        with here.work(write=False) as session, _progress("Checking") as progress:
            report = verified(session, checkpoint, progress)
    if checkpoint is not None and public_key is not None and not is_signed(checkpoint, public_key):
        report.faults.append(Fault("checkpoint", None, "log", checkpoint.size, What.SIGNATURE))
    click.echo(report.json() if as_json else "\n".join(report.lines()))
    if not report.whole:
        raise click.exceptions.Exit(1)


@custody.command()
@config_option
def checkpoint(config: Path | None) -> None:
    """Seal what is not sealed yet. Prints one JSON object that says what the log is now: keep it elsewhere."""
    from specimen_service.custody.proof import Checkpoint
    from specimen_service.custody.sealing import seal
    from specimen_service.custody.signing import public_key_of, signed
    from specimen_service.kernel.clock import utc_now

    with site(config) as here:
        private_key = _private_key(here)
        if private_key is not None:
            public_key_of(private_key)  # a key that cannot sign is said before anything is sealed
        tree = seal(here.database)
        made = Checkpoint(tree.size, tree.root(), utc_now().isoformat(), None)
        if private_key is not None:
            made = signed(made, private_key)
    click.echo(json.dumps(asdict(made)))


@custody.command()
@click.option("--apply", "applied", is_flag=True, help="Store what the events say; without it nothing is changed.")
@config_option
def rebuild(*, applied: bool, config: Path | None) -> None:
    """Compare what is stored with the events. Exit 0: the same, or put right; 1: each difference is named."""
    from specimen_service.custody.rebuilding import compare, compare_unpacked, compare_unplaced
    from specimen_service.kernel.clock import utc_now
    from specimen_service.specimens.actions import policy_of

    found, claimed, after = 0, set[int](), 0
    with site(config) as here:
        policy = policy_of(here.settings)
        while True:
            with here.work(write=applied) as session:
                batch = compare(session, utc_now(), policy, after, apply=applied)
                claimed |= batch.claimed
                differences = batch.differences
                if batch.last_id is None:
                    differences = compare_unplaced(session, utc_now(), claimed, apply=applied)
                    differences += compare_unpacked(session, apply=applied)
            for one in differences:
                click.echo(f"{one.of}: {one.what} is {one.stored}, by its events {one.folded}")
            found += len(differences)
            if batch.last_id is None:
                break
            after = batch.last_id
    click.echo(f"{found} differences{', all stored anew' if applied and found else ''}.")
    if found and not applied:
        raise click.exceptions.Exit(1)


@custody.command("new-key")
@click.argument("file", type=_writable)
def new_key(file: Path) -> None:
    """Make a key that signs checkpoints. It goes to FILE, and its public half to FILE.pub, for those who check."""
    from specimen_service.custody.signing import new_private_key, public_key_of

    private_key = new_private_key()
    file.touch(mode=0o600, exist_ok=False)
    file.write_bytes(private_key)
    public = file.with_name(f"{file.name}.pub")
    public.write_bytes(public_key_of(private_key))
    click.echo(f"Set [custody] signing_key_file to {file}. Give {public} to whoever checks, and keep copies of both.")


@custody.command()
@click.argument("file", type=_writable)
@click.option("--private", "with_private", is_flag=True, help="With notes and wristbands, which name patients.")
@config_option
def export(file: Path, *, with_private: bool, config: Path | None) -> None:
    """Write the log to FILE as JSON lines. `proof.py` checks it without the service."""
    from specimen_service.audit.actions import record
    from specimen_service.custody.verify import export as exported
    from specimen_service.kernel.clock import utc_now

    with site(config) as here, file.open("x", encoding="utf-8") as lines:
        with here.work() as session:
            record(session, utc_now(), actor(), "custody.exported", detail={"private": with_private})
        with here.work(write=False) as session, _progress("Writing") as progress:
            events = exported(session, lines, with_private=with_private, progress=progress)
    click.echo(f"{events} events written to {file}. What was scanned is in it: treat it as confidential.")


@custody.command()
@click.argument("event")
@click.option("--reason", required=True, help="Why; it stays on record and may not name a patient.")
@config_option
def erase(event: str, reason: str, config: Path | None) -> None:
    """Erase the note and the wristband of EVENT. Name it by its hash, its scan id, or `aside-7`; the proof stands."""
    from specimen_service.custody import erasing
    from specimen_service.kernel.clock import utc_now

    with site(config) as here:
        with here.work() as session:
            erasing.erase(session, utc_now(), actor(), event, reason)
        erasing.drop_traces(here.database)
    click.echo("Erased. Backups made before still hold it.")


def _read_checkpoint(file: Path) -> "Checkpoint":
    from specimen_service.custody.proof import read_checkpoint
    from specimen_service.kernel.errors import SetupError

    try:
        return read_checkpoint(file.read_text("utf-8"))
    except ValueError as error:
        raise SetupError(f"{file}: {error}") from error


def _private_key(here: Site) -> bytes | None:
    file = here.settings.custody.signing_key_file
    return Path(file).read_bytes() if file else None


def _public_key(here: Site) -> bytes | None:
    from specimen_service.custody.signing import public_key_of

    private_key = _private_key(here)
    return public_key_of(private_key) if private_key is not None else None


@contextmanager
def _progress(label: str) -> Iterator["Progress | None"]:
    """Count rows on a terminal, so that long work is seen to go on."""
    if not sys.stderr.isatty():
        yield None
        return
    rows = 0

    def show(more: int) -> None:
        nonlocal rows
        rows += more
        click.echo(f"\r{label}: {rows} rows", nl=False, err=True)

    yield show
    click.echo(err=True)

"""`jobs`: the print ledger, and answering for labels in doubt."""

from pathlib import Path

import click

from specimen_service.cli.console import actor, config_option, say_table, site

_STATES = click.Choice(["queued", "sending", "printed", "sent", "unknown", "failed", "cancelled", "held"])
_ANSWERS = click.Choice(["printed", "not-printed", "damaged"])


@click.group()
def jobs() -> None:
    """Print jobs."""


@jobs.command("list")
@click.option("--state", type=_STATES, help="Only jobs in this state.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@config_option
def list_(state: str | None, limit: int, config: Path | None) -> None:
    """List print jobs, newest first."""
    from specimen_service.kernel.clock import moment
    from specimen_service.labels.model import JobState
    from specimen_service.labels.queries import print_jobs

    with site(config) as here, here.work(write=False) as session:
        found, _more = print_jobs(session, state=JobState(state) if state else None, limit=limit, cursor=None)
        zone = here.settings.service.zone
    rows = [
        (str(job.id), job.state, job.printer, job.number, moment(job.created_at, zone), job.error or job.reason)
        for job in found
    ]
    say_table(("ID", "STATE", "PRINTER", "NUMBER", "CREATED", "WHY"), rows)


@jobs.command()
@click.argument("job_id", metavar="ID", type=click.IntRange(1, 2**31 - 1))
@click.argument("answer", type=_ANSWERS)
@config_option
def resolve(job_id: int, answer: str, config: Path | None) -> None:
    """Answer for a job in doubt. Not printed or damaged prints a label with a new number."""
    from specimen_service.kernel.clock import utc_now
    from specimen_service.labels.queries import print_job
    from specimen_service.labels.reprints import Answer, resolve_job

    with site(config) as here, here.work() as session:
        resolve_job(session, utc_now(), actor(), here.settings, job_id, Answer(answer.replace("-", "_")))
        session.flush()
        job = print_job(session, job_id)
    new = f" Label {job.number} is void; {job.replaced_by} takes its place." if job.replaced_by else ""
    click.echo(f"Print job {job.id} is {job.state}.{new}")

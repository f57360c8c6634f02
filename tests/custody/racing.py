"""Several servers on one database, and things done at once."""

from concurrent.futures import ThreadPoolExecutor

from specimen_service.custody.verify import verify
from specimen_service.kernel.db import Database
from tests.scanning import Site


def servers(site: Site) -> list[Site]:
    """Two servers on PostgreSQL; on SQLite the one that may hold the file, twice."""
    if site.database.is_sqlite:
        return [site, site]
    other = Database(site.database.url.render_as_string(hide_password=False))
    return [site, Site(other, site.clinic, site.lab, site.courier, site.handheld)]


def at_once(*jobs):
    """Run the jobs in threads of their own, start them together, and return what each returned."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        return [running.result(60) for running in [pool.submit(job) for job in jobs]]


def assert_whole(site: Site) -> None:
    with site.database.unit_of_work(write=False) as session:
        assert verify(session).faults == []

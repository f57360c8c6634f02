"""The test ground itself: nothing is skipped silently, nothing started outlives its test, a broken page is noticed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from _pytest.outcomes import Failed, Skipped

from tests import ground

KILLED = """
import os, signal
from tests.postgres import running_server
with running_server() as server:
    print(server.admin.query["host"], flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
SCRIPT = "<script>nowhere()</script>"
POLICY = "<meta http-equiv=Content-Security-Policy content=\"default-src 'self'\">"


def wait_until_gone(file):
    deadline = time.monotonic() + 20
    while file.exists():
        assert time.monotonic() < deadline, f"{file} is still there"
        time.sleep(0.02)


def test_what_is_missing_is_skipped_with_the_remedy(monkeypatch):
    monkeypatch.setattr(ground, "REQUIRED", {"browser"})
    with pytest.raises(Skipped, match=r"No postgres .* apt-get install postgresql"):
        ground.missing("postgres", "apt-get install postgresql")


def test_what_is_missing_though_required_is_a_failure(monkeypatch):
    monkeypatch.setattr(ground, "REQUIRED", {"browser", "postgres"})
    with pytest.raises(Failed, match=r"No postgres .* apt-get install postgresql"):
        ground.missing("postgres", "apt-get install postgresql")


@pytest.mark.postgres
@pytest.mark.skipif("SPECIMEN_TEST_PG_URL" in os.environ, reason="The named server is not ours to end.")
def test_a_server_ends_with_the_test_process_even_if_that_is_killed(postgres_database):
    root = Path(ground.__file__).parents[1]
    killed = subprocess.run([sys.executable, "-c", KILLED], cwd=root, stdout=subprocess.PIPE, text=True)
    assert killed.returncode == -signal.SIGKILL
    folder = Path(killed.stdout.strip())
    assert folder.is_dir()
    wait_until_gone(folder / "data")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host=str(folder), user="postgres", dbname="postgres")
    shutil.rmtree(folder)


@pytest.mark.parametrize("page_text", [SCRIPT, POLICY + SCRIPT, "<img src='http://127.0.0.1:9/x.png'>"])
def test_the_browser_complains_of_a_broken_page(page, complaints, page_text):
    page.goto(f"data:text/html,{page_text}", wait_until="load")
    page.evaluate("1")
    assert len(complaints) == 1
    complaints.clear()


def test_the_browser_does_not_complain_of_a_sound_page(page, complaints):
    page.goto("data:text/html,<h1>Ready</h1><script>console.info('well')</script>")
    assert page.inner_text("h1") == "Ready"
    assert complaints == []

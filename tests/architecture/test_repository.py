"""What is in the repository: nothing foreign, nothing of one machine, and an example of every configuration key."""

import subprocess
import typing

import pytest

from specimen_service.settings import Section, Settings, load_settings
from tests.architecture.repository_rules import foreign_files, strangers_at_the_top, unmentioned_keys, unwelcome_words
from tests.architecture.source import ROOT

EXAMPLE = ROOT / "config.example.toml"


@pytest.fixture(scope="module")
def tracked():
    """The paths of the files under version control."""
    if not (ROOT / ".git").exists():
        pytest.skip("This is no checkout: nothing says which files belong to the project.")
    # The checkout may belong to another user than the one who tests.
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [path for path in listed.stdout.split("\0") if path and (ROOT / path).exists()]


def keys_of_settings():
    """Return the keys of each table, as they are written in the file."""
    tables = {}
    for table, field in Settings.model_fields.items():
        kinds = [kind for kind in (field.annotation, *typing.get_args(field.annotation)) if isinstance(kind, type)]
        section = next(kind for kind in kinds if issubclass(kind, Section))
        tables[table] = [one.alias or name for name, one in section.model_fields.items()]
    return tables


def test_the_top_of_the_repository_holds_what_the_house_rules_name(tracked):
    assert strangers_at_the_top(tracked) == set()


def test_no_file_is_somebody_elses(tracked):
    assert foreign_files(tracked) == set()


def test_no_file_names_a_package_registry_or_the_machine_it_was_written_on(tracked):
    found = {path: unwelcome_words((ROOT / path).read_bytes().decode("utf-8", "replace")) for path in tracked}
    assert {path: words for path, words in found.items() if words} == {}


def test_the_example_configuration_loads():
    assert load_settings(EXAMPLE).service.site_name


def test_the_example_configuration_names_every_key():
    assert unmentioned_keys(EXAMPLE.read_text("utf-8"), keys_of_settings()) == set()


def test_a_stranger_at_the_top_is_noticed():
    assert strangers_at_the_top(["README.md", ".ci/run", "notes.txt", "src/a.py", "tests/b.py"]) == {"notes.txt", "src"}


@pytest.mark.parametrize(
    "path", ["a/chart.min.js", "a/x.MIN.CSS", "fonts/a.ttf", "a.woff2", "a.woff", "b.otf", "c.whl"]
)
def test_a_foreign_file_is_noticed(path):
    assert foreign_files([path, "web/static/scan.js", "web/static/icon.svg"]) == {path}


@pytest.mark.parametrize(
    "words",
    [
        ("pypi", "org"),
        ("files.pythonhosted", "org"),
        ("registry.npmjs", "org"),
        ("deb.debian", "org"),
        ("cdn.jsdelivr", "net"),
        ("fonts.googleapis", "com"),
    ],
)
def test_the_name_of_a_registry_is_noticed(words):
    assert unwelcome_words(f"get it from https://{'.'.join(words)}/simple")


@pytest.mark.parametrize("parts", [("", "work", "main"), ("", "tmp", "v", "bin"), ("", "root", "x"), ("", "tmp", "v")])
def test_a_path_of_one_machine_is_noticed(parts):
    assert unwelcome_words(f"run {'/'.join(parts)}")


def test_plain_text_is_no_fault():
    assert unwelcome_words("Work on it at http://127.0.0.1:8000 in /tmp/values or ./demo-data; networks/work") == set()


def test_a_key_that_the_example_leaves_out_is_noticed():
    example = "[service]\nport = 8000\n# host = '127.0.0.1'\n\n# [[printer]]\n# name = 'a'\n[[limit]]\nport = 1\n"
    wanted = {"service": ["port", "host", "threads"], "printer": ["name", "port"], "limit": ["port"], "security": ["x"]}
    assert unmentioned_keys(example, wanted) == {"service.threads", "printer.port", "security.x"}


def test_the_settings_are_read_whole():
    keys = keys_of_settings()
    assert set(keys) == set(Settings.model_fields)
    assert "from" in keys["limit"]
    assert "time_zone" in keys["service"]

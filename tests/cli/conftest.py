"""A shell with a configuration, before and after `db upgrade`."""

import pytest

from tests.cli.shell import Shell


@pytest.fixture
def bare_shell(tmp_path, capsys, monkeypatch) -> Shell:
    """A configuration whose database does not exist yet."""
    return Shell(tmp_path, capsys, monkeypatch)


@pytest.fixture
def shell(bare_shell, sqlite_database) -> Shell:
    """The same with a current database (`sqlite_database` lies where the configuration has it)."""
    assert bare_shell("db", "upgrade") == 0
    return bare_shell

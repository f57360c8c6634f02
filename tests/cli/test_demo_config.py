"""The demo's configuration is one the service takes, wherever its folder is."""

import tomllib
from pathlib import Path

import pytest

from printers.transports import parse_url
from specimen_service.cli.demo_config import demo_settings, pty_link
from specimen_service.settings import load_settings, parse_settings


@pytest.mark.parametrize("name", ["demo-data", "démo #1? 100 %", 'a "quoted" \\ name', "ビル"])
def test_the_serial_printer_is_found_in_a_folder_of_any_name(tmp_path: Path, name: str):
    settings = parse_settings(tomllib.loads(demo_settings(tmp_path / name, port=8000, printer_port=9100)))
    assert parse_url(settings.printer_named("chair-1").url).path == str(pty_link(tmp_path / name))


def test_the_demo_has_two_chairs_with_a_printer_each_and_a_laboratory_where_waiting_ends(tmp_path: Path):
    settings = parse_settings(tomllib.loads(demo_settings(tmp_path, port=8123, printer_port=9123)))
    assert settings.service.port == 8123
    assert [station.printer for station in settings.station] == ["chair-1", "chair-2"]
    assert [parse_url(printer.url).scheme for printer in settings.printer] == ["serial", "tcp"]
    assert parse_url(settings.printer_named("chair-2").url).port == 9123
    assert {place.name: place.ends.value for place in settings.location}["Laboratory"] == "received"


def test_the_demos_database_lies_in_its_folder(tmp_path: Path):
    config = tmp_path / "config.toml"
    config.write_text(demo_settings(tmp_path, port=8000, printer_port=9100), "utf-8")
    assert load_settings(config).database.url == f"sqlite:///{tmp_path / 'specimens.db'}"

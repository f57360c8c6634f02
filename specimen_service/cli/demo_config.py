"""The configuration of the demo: one clinic with two chairs, a pick-up point, and one laboratory."""

from pathlib import Path
from urllib.parse import quote

CLINIC, LOCKBOX = "Clinic", "Lockbox"
LABORATORY, BENCH, COLD_ROOM = "Laboratory", "Chemistry bench", "Cold room"
CHAIR_1, CHAIR_2 = "chair-1", "chair-2"
"""Names of the stations, and of the printers beside them."""

_TEXT = """\
# Written by `specimen-service demo`. The patients of this database are invented.

[service]
site_name = "Riverside Clinic (demo)"
time_zone = "America/New_York"
port = {port}
training = true

[database]
url = "sqlite:///specimens.db"

[[location]]
name = "{clinic}"
kind = "clinic"

[[location]]
name = "{lockbox}"
kind = "pick-up point"

[[location]]
name = "{laboratory}"
kind = "laboratory"
ends = "received"

[[location]]
name = "{bench}"
kind = "bench"
inspect = true

[[location]]
name = "{cold_room}"
kind = "storage"

# A virtual printer on a pseudo terminal, as slow as a real one on a serial line.
[[printer]]
name = "{chair_1}"
url = "serial://{pty}?baudrate=9600"
fallback = "{chair_2}"

# A virtual printer on the network.
[[printer]]
name = "{chair_2}"
url = "tcp://127.0.0.1:{printer_port}"

[[station]]
name = "{chair_1}"
location = "{clinic}"
printer = "{chair_1}"

[[station]]
name = "{chair_2}"
location = "{clinic}"
printer = "{chair_2}"

[[limit]]
from = "collected"
to = "verified"
minutes = 10

[[limit]]
from = "collected"
to = "departed"
minutes = 90

[[limit]]
from = "collected"
to = "departed"
minutes = 20
priority = "stat"

[[limit]]
from = "arrived"
to = "departed"
minutes = 120
location = "{lockbox}"

[[limit]]
from = "departed"
to = "received"
minutes = 60

[[limit]]
from = "received"
to = "archived"
minutes = 240
location = "{bench}"
"""


def pty_link(folder: Path) -> Path:
    """Return where the demo's serial printer is found: a link in its folder that stays while the pseudo terminal changes."""
    return folder / "printer-chair-1"


def demo_settings(folder: Path, *, port: int, printer_port: int) -> str:
    """Write the demo's `config.toml`: `port` for pages, `printer_port` for the virtual printer on the network."""
    return _TEXT.format(
        port=port,
        printer_port=printer_port,
        pty=quote(str(pty_link(folder.resolve()))),
        clinic=CLINIC,
        lockbox=LOCKBOX,
        laboratory=LABORATORY,
        bench=BENCH,
        cold_room=COLD_ROOM,
        chair_1=CHAIR_1,
        chair_2=CHAIR_2,
    )

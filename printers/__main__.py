"""`python -m printers`: a virtual printer, one label in any language, how a printer is. The service is not needed.

Exit codes: 0 done, 1 the answer is no, 2 wrong use or it could not be done. Errors are one line on stderr.
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from printers.errors import PrinterError
from printers.printer import Printer
from printers.status import Condition

RAW_PORT = 9100
HIGHEST_PORT = 65535
ENDING = {signal.SIGINT, signal.SIGTERM}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}. Try --help.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except BrokenPipeError:
        # Whoever read our output has heard enough.
        return 0
    except KeyboardInterrupt:
        return 2
    except (PrinterError, OSError, ValueError) as error:
        sys.stderr.write(f"{_in_one_line(error)}\n")
        return 2
    return code


def _in_one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port from 0 to {HIGHEST_PORT}")
    return int(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def _fault(text: str) -> str:
    from printers.simulator import Fault

    if text not in set(Fault):
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(Fault)}")
    return text


def _stock(text: str) -> str:
    from printers.stocks import STOCKS

    if text not in STOCKS:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(STOCKS)}")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m printers", description="Labels and label printers, without the service.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    simulate = commands.add_parser("simulate", help="run a virtual ZPL printer until interrupted")
    simulate.add_argument(
        "--tcp", type=_port, metavar="PORT", help=f"listen on 127.0.0.1:PORT (0: any; {RAW_PORT} if no --pty)"
    )
    simulate.add_argument("--pty", type=Path, metavar="LINK", help="make a serial line and a link to it")
    simulate.add_argument(
        "--baud", type=_positive, metavar="N", help="pace of the serial line; without, as fast as it goes"
    )
    simulate.add_argument("--out", type=Path, metavar="DIR", help="keep each printed label there as ZPL and PNG")
    simulate.add_argument(
        "--control", type=_port, metavar="PORT", help="take commands there, one a line; 'help' lists them"
    )
    simulate.add_argument("--dpi", type=int, choices=(203, 300, 600), default=203)
    simulate.add_argument("--stock", type=_stock, metavar="NAME", default="2x1in", help="labels in it (default 2x1in)")
    simulate.add_argument("--seconds", type=float, default=0.5, help="time to print one label (default 0.5)")
    simulate.add_argument(
        "--fault", type=_fault, action="append", default=[], metavar="NAME", help="begin with a fault, e.g. paused"
    )
    simulate.add_argument("--no-counter", action="store_true", help="do not know the label counter, as old printers")
    simulate.add_argument("--mute-in-fault", action="store_true", help="do not answer ~HS in a fault, as some printers")
    simulate.set_defaults(run=_simulate)

    render = commands.add_parser("render", help="write a label in a printer's or a screen's language; several as PDF")
    render.add_argument("labels", type=Path, nargs="+", metavar="LABEL.json")
    render.add_argument("--language", choices=("zpl", "pdf", "svg", "png"), required=True)
    render.add_argument("--dpi", type=int, choices=(203, 300, 600), default=203)
    render.add_argument("-o", "--output", type=Path, metavar="FILE", help="write there instead of to standard output")
    render.add_argument("--sheet", metavar="NAME", help="put them on a page of labels, e.g. a4-3x7 (PDF only)")
    render.add_argument("--start", type=_positive, default=1, metavar="N", help="the first free position (default 1)")
    render.set_defaults(run=_render)

    status = commands.add_parser("status", help="ask a printer how it is; exit 1 unless it is ready")
    status.add_argument("url", metavar="URL", help="serial:///dev/ttyUSB0?baudrate=9600, tcp://host:9100, ...")
    status.set_defaults(run=_status)

    agent = commands.add_parser("agent", help="print a server's labels on the printers beside this PC")
    agent.add_argument("--server", required=True, metavar="URL", help="where the service is: https://...")
    agent.add_argument("--token-file", type=Path, required=True, metavar="FILE", help="holds this device's token")
    agent.add_argument("--printer", metavar="NAME", help="drive this one only, of those the server declares as ours")
    agent.add_argument("--ca", type=Path, metavar="FILE", help="trust the authorities in this PEM file and no others")
    agent.set_defaults(run=_agent)
    return parser


def _simulate(options: argparse.Namespace) -> int:
    from printers.simulator import Fault, Model, VirtualPrinter
    from printers.stocks import STOCKS

    port = RAW_PORT if options.tcp is None and options.pty is None else options.tcp
    model = replace(
        Model.holding(STOCKS[options.stock], options.dpi),
        print_seconds=options.seconds,
        counts_labels=not options.no_counter,
        answers_in_fault=not options.mute_in_fault,
    )
    virtual = VirtualPrinter(
        tcp=port, pty=options.pty or False, baud=options.baud, out=options.out, control=options.control, model=model
    )
    for fault in options.fault:
        virtual.set_fault(Fault(fault))
    # Blocked before the printer's threads exist, so that the signals are delivered here and nowhere else.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    with virtual:
        sys.stdout.write(f"A virtual printer listens on {' and '.join(virtual.addresses)}\n")
        sys.stdout.flush()
        signal.sigwait(ENDING)
    return 0


def _render(options: argparse.Namespace) -> int:
    data = _rendered(options)
    if options.output:
        options.output.write_bytes(data)
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    return 0


def _rendered(options: argparse.Namespace) -> bytes:
    from printers.label_json import from_json
    from printers.languages import Language, render
    from printers.stocks import SHEETS

    labels = [from_json(path.read_text(encoding="utf-8")) for path in options.labels]
    if len(labels) == 1 and not options.sheet:
        return render(labels[0], options.language, options.dpi)
    if options.language != Language.PDF:
        raise ValueError("Several labels, or a sheet of them, are one PDF: use --language pdf.")
    if not options.sheet:
        from printers.languages.pdf import pdf

        return pdf(labels, options.dpi)
    from printers.sheets import sheet_pdf

    if options.sheet not in SHEETS:
        raise ValueError(f"{options.sheet!r} is no sheet we know; use one of {', '.join(SHEETS)}.")
    return sheet_pdf(labels, SHEETS[options.sheet], options.start, options.dpi)


def _status(options: argparse.Namespace) -> int:
    report = Printer(options.url).report(thorough=True)
    if report.code:
        sys.stderr.write(f"{report.detail}\n")
        return 2
    sys.stdout.write(f"{report.condition}: {report.detail}\n")
    if report.identity:
        who = report.identity
        sys.stdout.write(f"{who.model}, firmware {who.firmware}, {who.dots_per_mm} dots a millimetre\n")
    if report.label_count is not None:
        sys.stdout.write(f"{report.label_count} labels printed in its life\n")
    return 0 if report.condition is Condition.READY else 1


def _agent(options: argparse.Namespace) -> int:
    from printers.agent import drive, token_in
    from printers.agent_client import Server

    return drive(Server(options.server, token_in(options.token_file), options.ca), options.printer)


if __name__ == "__main__":
    sys.exit(main())

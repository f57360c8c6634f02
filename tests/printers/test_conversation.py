"""Answers are heard as printers give them: in pieces, late, amid alerts that nobody asked for, or not at all."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printers.conversation import Conversation
from printers.declared import Declared
from printers.interview import Interview
from printers.printer import Printer, Timing
from printers.proof import Outcome
from printers.status import Condition, errors, host_status, identity, label_count

STATUS = b"\x02030,0,0,0203,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
PAUSED = STATUS.replace(b"030,0,0", b"030,0,1")
IDENTITY = b"\x02ZTC ZD420-203dpi ZPL,V93.20.15Z,8,4194304\x03\r\n"
ERRORS = b"\x02\r\nPRINTER STATUS\r\nERRORS: 1 00000000 00000004\r\nWARNINGS: 0 00000000 00000000\r\n\x03"
COUNT = b'"41"'
ALERTS = [
    b"PQ JOB COMPLETED: ZBR1\r\n",
    b"ALERT: HEAD OPEN\r\n",
    b"\x11\x13",
    b"\x00\xff\xfe",
    b"\r\n",
    b"\x03",
    b"\x02",
]
noise = st.lists(st.sampled_from(ALERTS), max_size=3).map(b"".join)
IMPATIENT = Timing(connect=0.1, answer=0.01, silence=0.04, stuck=0.1, poll=0.001, blocked_poll=0.002)


class Line:
    """A transport whose other end has all its words ready: each question releases the next of them, in pieces."""

    accepted = 0

    def __init__(self, *answers, pieces=(1000,), late=b""):
        self.written = b""
        self._answers = list(answers)
        self._pieces = list(pieces) or [1]
        self._arrived = [late] if late else []

    def write(self, data, deadline):
        self.written += data
        self.accepted += len(data)
        said = self._answers.pop(0) if self._answers else b""
        for start in range(0, len(said), size := self._pieces[0]):
            self._arrived.append(said[start : start + size])
        self._pieces.append(self._pieces.pop(0))
        return len(data)

    def read(self, deadline):
        if self._arrived:
            return self._arrived.pop(0)
        time.sleep(max(0.0, deadline - time.monotonic()))
        return b""

    def wire_seconds(self, size):
        return 0.0

    def discard(self):
        """Nothing waits."""

    def close(self):
        """Nothing is open."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def talk(line):
    return Conversation(line, 0.05)


@given(st.lists(noise, min_size=5, max_size=5), st.integers(1, 40))
def test_answers_are_found_in_their_order_whatever_is_between_them_and_however_they_are_cut(between, size):
    said = b"".join(gap + answer for gap, answer in zip(between, [STATUS, IDENTITY, ERRORS, COUNT, b""], strict=True))
    line = Line(said, pieces=[size])
    conversation = talk(line)
    conversation.ask(b"all of it")
    assert conversation.hear(host_status).condition is Condition.READY
    assert conversation.hear(identity).dots_per_mm == 8
    assert conversation.hear(errors).condition is Condition.LID_OPEN
    assert conversation.hear(label_count) == 41


@given(noise, st.sampled_from([STATUS, COUNT, IDENTITY, STATUS + COUNT]))
def test_an_answer_that_came_late_is_not_taken_for_one_to_the_next_question(gap, late):
    line = Line(gap + PAUSED + b'"7"', late=late)
    conversation = talk(line)
    conversation.ask(b"~HS")
    assert conversation.hear(host_status).condition is Condition.PAUSED
    assert conversation.hear(label_count) == 7


@pytest.mark.timed
def test_silence_is_told_after_the_patience_agreed():
    conversation = talk(Line(b""))
    began = time.monotonic()
    conversation.ask(b"~HS")
    assert conversation.hear(host_status) is None
    assert 0.04 < time.monotonic() - began < 0.5


@pytest.mark.timed
def test_a_printer_that_talks_without_end_is_not_listened_to_without_end():
    class Chatterbox(Line):
        def read(self, deadline):
            return b"x" * 64 if time.monotonic() < deadline + 0.001 else b""

    conversation = talk(Chatterbox())
    began = time.monotonic()
    conversation.ask(b"~HS")
    assert conversation.hear(host_status) is None
    assert time.monotonic() - began < 2


@settings(max_examples=40)
@given(st.lists(st.binary(max_size=80), max_size=6), st.integers(1, 40))
def test_a_printer_that_speaks_only_garbage_gets_no_byte_of_a_label(said, size):
    line = Line(*said, pieces=[size])
    printer = Printer("tcp://127.0.0.1:9", IMPATIENT, Declared(203, "2x1in", 25.4))
    printer._open = lambda name: line
    result = printer.print_label(b"^XAlabel^XZ")
    assert result.outcome is Outcome.NOTHING_SENT
    assert b"^XA" not in line.written


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from([STATUS, PAUSED, COUNT, IDENTITY, ERRORS, b"", *ALERTS]), max_size=4), st.integers(1, 40)
)
def test_no_mixture_of_old_and_broken_answers_proves_a_label(mixture, size):
    """The counter stood at 41 before; without a 42 nothing is proved, be the printer ever so empty."""
    line = Line(STATUS + IDENTITY + COUNT, b"".join(mixture), *[STATUS + COUNT] * 40, pieces=[size])
    printer = Printer("tcp://127.0.0.1:9", IMPATIENT, Declared(203))
    printer._open = lambda name: line
    assert printer.print_label(b"^XAlabel^XZ").outcome is Outcome.UNKNOWN


@pytest.mark.timed
def test_a_printer_that_does_not_say_who_it_is_is_waited_for_once_and_believed():
    interview = Interview(Declared(203), "chair-1")
    line = Line(STATUS + COUNT, STATUS + COUNT)
    assert interview.before_label(talk(line)).verdict.condition is Condition.READY
    began = time.monotonic()
    assert interview.before_label(talk(line)).verdict.condition is Condition.READY
    assert time.monotonic() - began < 0.04
    assert line.written.count(b"~HI") == 1


def test_the_proof_of_one_label_stands_for_the_question_before_the_next_once_and_briefly(monkeypatch):
    interview = Interview(None, "chair-1")
    assert interview.fresh_proof() is None
    interview.remember_proof(42)
    assert interview.fresh_proof() == (42,)
    assert interview.fresh_proof() is None
    interview.remember_proof(None)
    now = time.monotonic()
    monkeypatch.setattr("printers.interview.time.monotonic", lambda: now + 1.1)
    assert interview.fresh_proof() is None

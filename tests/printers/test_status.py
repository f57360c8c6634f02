"""Reading what a printer says: every layout from Zebra's guide, whole, split, noisy or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printers.status import Condition, Identity, errors, host_status, identity, label_count

QUIET = {"paper": 0, "pause": 0, "formats": 0, "partial": 0, "hot": 0, "full": 0, "corrupt": 0, "diagnostic": 0}
QUIET_2 = {"head": 0, "ribbon": 0, "waiting": 0, "remaining": 0}


def reply(third=True, **flags):
    one, two = {**QUIET, **flags}, {**QUIET_2, **flags}
    strings = [
        "030,{paper},{pause},0203,{formats:03},{full},{diagnostic},{partial},000,{corrupt},0,{hot}".format(**one),
        "000,0,{head},{ribbon},0,2,4,{waiting},{remaining:08},1,000".format(**two),
        *(["1234,0"] if third else []),
    ]
    return "".join(f"\x02{text}\x03\r\n" for text in strings).encode()


def condition(received):
    return host_status(received)[0].condition


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({}, Condition.READY),
        ({"paper": 1}, Condition.OUT_OF_LABELS),
        ({"pause": 1}, Condition.PAUSED),
        ({"head": 1}, Condition.LID_OPEN),
        ({"ribbon": 1}, Condition.OUT_OF_RIBBON),
        ({"hot": 1}, Condition.TOO_HOT),
        ({"formats": 1}, Condition.BUSY),
        ({"remaining": 2}, Condition.BUSY),
        ({"partial": 1}, Condition.BUSY),
        ({"full": 1}, Condition.BUSY),
        ({"waiting": 1}, Condition.BUSY),
        ({"corrupt": 1}, Condition.UNKNOWN),
        ({"diagnostic": 1}, Condition.UNKNOWN),
        ({"paper": 1, "pause": 1}, Condition.OUT_OF_LABELS),
        ({"head": 1, "paper": 1, "pause": 1}, Condition.LID_OPEN),
    ],
)
def test_each_flag_of_the_reply_becomes_the_condition_a_person_needs(flags, expected):
    assert condition(reply(**flags)) is expected


def test_every_condition_has_one_plain_sentence():
    sentences = [each.sentence for each in Condition]
    assert len(set(sentences)) == len(Condition)
    assert all(sentence.endswith(".") for sentence in sentences)


def test_the_fields_of_zebras_own_example_are_where_the_guide_says():
    status, rest = host_status(
        b"\x02030,0,0,1245,001,0,0,1,000,0,0,0\x03\r\n\x02001,0,1,0,1,2,6,0,00000012,1,000\x03\r\n"
    )
    assert (status.label_length, status.formats_waiting, status.partial_format) == (1245, 1, True)
    assert (status.head_open, status.ribbon_out, status.thermal_transfer, status.labels_remaining) == (
        True,
        False,
        True,
        12,
    )
    assert rest == b"\r\n"


def test_a_reply_without_the_third_string_is_enough():
    assert condition(reply(third=False, pause=1)) is Condition.PAUSED


def test_no_status_is_read_before_the_second_string_is_whole():
    whole = reply(third=False).rstrip(b"\r\n")
    assert all(host_status(whole[:cut]) is None for cut in range(len(whole)))
    assert host_status(whole) is not None


def test_the_newest_of_several_replies_counts():
    assert condition(reply(paper=1) + reply()) is Condition.READY
    assert condition(reply() + reply(paper=1)) is Condition.OUT_OF_LABELS


def test_half_an_old_reply_is_not_completed_by_a_new_one():
    old = reply(paper=1).split(b"\r\n")[0]
    assert condition(old + b"\r\n" + reply()) is Condition.READY
    assert host_status(reply().split(b"\r\n")[1]) is None


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_noise_around_a_reply_does_no_harm(before, after):
    assert condition(before + b"\r\n" + reply(pause=1) + after) is Condition.PAUSED


@given(st.binary(max_size=300))
def test_garbage_is_silence(garbage):
    assert host_status(garbage) is None
    assert identity(garbage) is None


def test_an_unsolicited_message_between_the_strings_is_passed_over():
    first, second, *_ = reply(head=1).split(b"\r\n")
    assert condition(first + b"PQ JOB COMPLETED: ZBR1\r\n" + second) is Condition.LID_OPEN


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (
            b"\x02ZTC ZD420-203dpi ZPL,V93.20.15Z,8,4194304\x03\r\n",
            Identity("ZTC ZD420-203dpi ZPL", "V93.20.15Z", 8, 4194304),
        ),
        (b"xx\x02XiIII,V60.13.0,12,8192KB,ABC\x03", Identity("XiIII", "V60.13.0", 12, 8192)),
    ],
)
def test_the_identity_is_read_in_both_known_forms(received, expected):
    assert identity(received)[0] == expected


def test_a_resolution_no_printer_has_is_not_an_identity():
    assert identity(b"\x02ZTC,V1,9,100\x03") is None


@pytest.mark.parametrize(
    ("received", "expected"),
    [(b'"123"', 123), (b'\r\n"7"\r\n', 7), (b'"?"', None)],
)
def test_the_label_counter_is_read_between_its_quotes(received, expected):
    assert label_count(received)[0] == expected


@pytest.mark.parametrize("received", [b"", b'"12', b"123", b'"x"'])
def test_an_unfinished_counter_is_silence(received):
    assert label_count(received) is None


FAULTLESS = b"\x02\r\n\r\n  PRINTER STATUS\r\n   ERRORS:         0 00000000 00000000\r\n   WARNINGS:       0 00000000 00000000\r\n\x03"


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (b"1 00000000 00000001", Condition.OUT_OF_LABELS),
        (b"1 00000000 00000002", Condition.OUT_OF_RIBBON),
        (b"1 00000000 00000004", Condition.LID_OPEN),
        (b"1 00000000 00000005", Condition.LID_OPEN),
        (b"1 00000000 00000010", Condition.TOO_HOT),
        (b"1 00000000 00000020", Condition.TOO_HOT),
        (b"1 00000000 00010000", Condition.PAUSED),
        (b"1 00000000 00010001", Condition.OUT_OF_LABELS),
        (b"1 00000000 00000008", Condition.UNKNOWN),
        (b"1 00000000 00000040", Condition.UNKNOWN),
        (b"1 00000100 00000000", Condition.UNKNOWN),
        (b"1 00000000 00000000", Condition.UNKNOWN),
        (b"0 00000000 00000000", Condition.READY),
    ],
)
def test_each_error_flag_becomes_the_condition_a_person_needs(flags, expected):
    found, _rest = errors(FAULTLESS.replace(b"0 00000000 00000000", flags, 1))
    assert found.condition is expected


@pytest.mark.parametrize("space", [b" ", b"\t", b"      ", b"\r\n"])
def test_the_white_space_of_the_errors_differs_by_model(space):
    assert (
        errors(b"ERRORS:" + space.join([b"", b"1", b"00000000", b"00000004"]) + b"\r\n")[0].condition
        is Condition.LID_OPEN
    )


def test_no_errors_are_read_before_their_last_digit_is_followed():
    whole = FAULTLESS.split(b"WARNINGS")[0].rstrip()
    assert all(errors(whole[:cut]) is None for cut in range(len(whole) + 1))
    assert errors(whole + b"\r") is not None


@given(st.binary(max_size=300))
def test_garbage_tells_no_errors(garbage):
    assert errors(garbage) is None

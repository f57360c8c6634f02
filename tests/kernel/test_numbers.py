"""The 12 digits in a barcode of ours: one wrong or transposed digit is always noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specimen_service.kernel.numbers import (
    FIRST_BLOCK,
    LAST_BLOCK,
    LAST_SERIAL,
    PREFIXES,
    Kind,
    check_digit,
    checks,
    grouped,
    kind_of,
    looks_like_number,
    number,
)

PREFIX = st.sampled_from([*range(FIRST_BLOCK, LAST_BLOCK + 1), *PREFIXES.values()])
SERIAL = st.integers(0, LAST_SERIAL)


def test_the_published_examples_hold():
    assert check_digit("572") == "4"  # Damm's own example
    assert checks("5724")
    assert number(10, 42) == "100000000420"
    assert checks("100000000420")


@given(PREFIX, SERIAL)
def test_a_number_is_12_digits_that_check(prefix, serial):
    made = number(prefix, serial)
    assert looks_like_number(made)
    assert checks(made)
    assert made[:2] == str(prefix)
    assert int(made[2:11]) == serial


@given(PREFIX, SERIAL)
def test_every_single_wrong_digit_is_noticed(prefix, serial):
    right = number(prefix, serial)
    wrong = [right[:i] + d + right[i + 1 :] for i in range(12) for d in "0123456789" if d != right[i]]
    assert len(wrong) == 12 * 9
    assert not any(checks(code) for code in wrong)


@given(PREFIX, SERIAL)
def test_every_transposition_of_neighbours_is_noticed(prefix, serial):
    right = number(prefix, serial)
    swapped = [right[:i] + right[i + 1] + right[i] + right[i + 2 :] for i in range(11) if right[i] != right[i + 1]]
    assert not any(checks(code) for code in swapped)


@given(SERIAL, SERIAL, PREFIX)
def test_different_serials_make_different_numbers(one, other, prefix):
    assert (number(prefix, one) == number(prefix, other)) == (one == other)


@pytest.mark.parametrize(
    ("prefix", "kind"),
    [
        (10, Kind.LABEL),
        (79, Kind.LABEL),
        (80, Kind.LOCATION),
        (81, Kind.SHIPMENT),
        (82, Kind.BADGE),
        (83, Kind.COMMAND),
        (84, Kind.STORAGE),
        (85, Kind.DEVICE),
        (90, Kind.DOWNTIME),
        (9, None),
        (86, None),
        (89, None),
        (91, None),
        (99, None),
    ],
)
def test_the_leading_digits_tell_the_kind(prefix, kind):
    assert kind_of(number(prefix, 7)) is kind


@pytest.mark.parametrize(
    "code",
    [
        "",
        "10000000042",
        "1000000004200",
        "10000000042x",
        "100000000420\n",
        "\uff11\uff10\uff10\uff10\uff10\uff10\uff10\uff10\uff10\uff14\uff12\uff10",
        "1000 0000 0420",
    ],
)
def test_what_is_not_12_plain_digits_is_no_number(code):
    assert not looks_like_number(code)


def test_people_read_a_number_in_groups_of_four():
    assert grouped("100000000420") == "1000 0000 0420"
    assert grouped("P100001") == "P100001"

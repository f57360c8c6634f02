"""Cursors of pages: they come back as they were given out, and nothing else does."""

import base64
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from specimen_service.kernel.errors import InvalidInput
from specimen_service.kernel.paging import decode_cursor, encode_cursor

PLAIN_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
KEYS = st.lists(st.none() | st.integers(-(2**63), 2**63 - 1) | PLAIN_TEXT, max_size=6)


def forged(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@given(KEYS)
def test_a_cursor_brings_its_key_back(key):
    assert decode_cursor(encode_cursor(key), len(key)) == key


@given(KEYS)
def test_a_cursor_needs_no_quoting_in_a_url(key):
    assert set(encode_cursor(key)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(KEYS, st.integers(0, 6))
def test_a_cursor_of_another_list_is_refused(key, length):
    if length != len(key):
        with pytest.raises(InvalidInput, match="not one of ours"):
            decode_cursor(encode_cursor(key), length)


@given(st.text())
@example("é")
@example("====")
@example(base64.urlsafe_b64encode(b"[" * 200_000).decode())
def test_any_other_text_is_refused(text):
    with pytest.raises(InvalidInput) as refusal:
        decode_cursor(text, 2)
    assert [fault.pointer for fault in refusal.value.faults] == ["/cursor"]


@pytest.mark.parametrize("part", [{}, [], 1.5, True, 2**63, -(2**63) - 1, "\0", "\ud800"])
def test_a_part_that_no_column_holds_is_refused(part):
    with pytest.raises(InvalidInput):
        decode_cursor(forged([part]), 1)

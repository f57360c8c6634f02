"""The tree is the one of RFC 6962, however it grows; the form that is hashed is the one that is written down."""

import hashlib
import struct
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specimen_service.custody.chain import COVERED, digest, plain
from specimen_service.custody.model import Event
from specimen_service.custody.proof import Tree, hashed

# The eight leaves, and the roots over the first one to eight, by which implementations of RFC 6962 are compared.
LEAVES = ["", "\0", "\x10", " !", "01", "@ABC", "PQRSTUVW", "`abcdefghijklmno"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def grown(leaves) -> Tree:
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf)
    return tree


def by_definition(leaves) -> bytes:
    """RFC 6962, section 2.1, word by word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0].encode()).digest()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + by_definition(leaves[:k]) + by_definition(leaves[k:])).digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_everybody_else_gets(size):
    assert grown(LEAVES[:size]).root() == ROOTS[size - 1]


@given(st.lists(st.text("ab", max_size=2), max_size=70), st.integers(0, 70))
def test_a_tree_that_goes_on_from_its_peaks_is_the_tree_of_all_leaves(leaves, cut):
    before = grown(leaves[:cut])
    after = Tree(before.size, before.peaks)
    for leaf in leaves[cut:]:
        after.add(leaf)
    assert after.root() == grown(leaves).root() == by_definition(leaves).hex()


values = st.lists(
    st.none() | st.integers(-(2**31), 2**31 - 1) | st.floats(allow_nan=False) | st.text(st.characters()), max_size=8
)


def written_by_hand(row) -> bytes:
    while row and row[-1] is None:
        row = row[:-1]
    form = b"specimen-service custody event 2\n(" + struct.pack("<I", len(row))
    for value in row:
        match value:
            case None:
                form += b"N"
            case int():
                form += b"i" + struct.pack("<i", value)
            case float():
                form += b"g" + struct.pack("<d", value)
            case str():
                text = value.encode("utf-8", "surrogatepass")
                form += b"u" + struct.pack("<I", len(text)) + text
    return form


@given(values)
def test_what_is_hashed_is_the_form_that_is_written_down(row):
    assert hashed(row) == hashlib.sha256(written_by_hand(row)).hexdigest()


@given(values, values)
def test_rows_that_differ_have_forms_that_differ(one, other):
    assert (written_by_hand(one) == written_by_hand(other)) == (repr(stripped(one)) == repr(stripped(other)))


def stripped(row):
    while row and row[-1] is None:
        row = row[:-1]
    return row


@given(values)
def test_a_column_added_later_leaves_the_hashes_of_older_rows_as_they_are(row):
    assert hashed([*row, None]) == hashed(row)


@given(values, st.data())
def test_any_other_value_gives_another_hash(row, data):
    place = data.draw(st.integers(0, len(row)))
    other = data.draw(st.sampled_from([b"\0", True, 2**40, [], {}, "other", -1.5]))
    assert hashed([*row[:place], other, *row[place + 1 :]]) != hashed(row) or row[place : place + 1] == [other]


def test_a_row_as_the_service_holds_it_is_the_row_as_the_database_does():
    noon = datetime(2026, 11, 21, 14, 15, tzinfo=UTC)
    there = noon.astimezone(timezone(timedelta(hours=-5)))
    ours = dict.fromkeys(COVERED) | {"event": Event.SEEN, "matched": True, "effective_at": there, "seq": 1}
    kept = ours | {"event": "seen", "matched": 1, "effective_at": "2026-11-21 14:15:00.000000"}
    assert digest(ours) == digest(kept)
    with pytest.raises(TypeError):
        plain(b"seen")

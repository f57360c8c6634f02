"""Proving the custody log whole: every rule of the proof in one file, which needs nothing but Python's own library.

The service checks its database with it (`custody verify`). Anybody else checks an export (`custody export FILE`) by running
this file alone, `python proof.py FILE [--checkpoint FILE]`: the service is neither needed nor believed. Each event is bound to
the one before it in the chain of its specimen (or of the device, for scans of no specimen); all chains are sealed in one
log, a Merkle tree (RFC 6962); a checkpoint, kept elsewhere, says what the log was when it was made.
"""

import argparse
import base64
import json
import marshal
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

_DOMAIN = b"specimen-service custody event 2\n"
_HASH_DIGITS = 64
_LONGEST_GAP = 1000  # missing places in a row that are named one by one


class What(StrEnum):
    """What is wrong with a row."""

    ALTERED = "altered"  # its columns do not give its hash
    MISSING = "missing"  # no row has this place, or the row that had it is gone
    ADDED = "added"  # behind the end of its chain, in the place of another, or in a chain that does not exist
    SWAPPED = "swapped"  # made to follow another row than the one before it
    HEAD = "head"  # the end of the chain, as its owner has it, is another
    REWRITTEN = "rewritten"  # not what was sealed
    TRUNCATED = "truncated"  # the log ends before the checkpoint: rows were removed, or an older copy was put back
    SIGNATURE = "not signed by this key"


@dataclass(frozen=True)
class Fault:
    """One row that is not as it was recorded; `id` is None where there is no row."""

    table: str
    id: int | None
    chain: str
    seq: object  # its place; in the chain `log`, the number of its leaf, or how many leaves a tree or checkpoint covers
    what: What

    def __str__(self) -> str:
        """Name the row in one line."""
        row = self.table if self.id is None else f"{self.table} {self.id}"
        return f"{row}: number {self.seq} in the chain of {self.chain} is {self.what}"


@dataclass
class Report:
    """What a verification found."""

    rows: int = 0
    sealed: int = 0
    unsealed: int = 0  # no checkpoint covers them: they could go without a trace, together with the end of their chain
    erased: int = 0  # their text apart is gone, on record
    faults: list[Fault] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def lines(self) -> Iterator[str]:
        """Say it for people, one line a fault and one for the sum."""
        yield from map(str, self.faults)
        yield f"{self.rows} rows checked, {self.unsealed} not sealed yet, {self.erased} erased, {len(self.faults)} bad."

    def json(self) -> str:
        """Say it for programs, as one JSON object."""
        return json.dumps({"whole": self.whole, **asdict(self)}, default=str)


@dataclass(frozen=True)
class Checkpoint:
    """What the log was at a time: the root of the tree over its first `size` leaves, in hexadecimal digits."""

    size: int
    root_hash: str
    time: str
    signature: str | None  # Ed25519 over `signed_text()`, in base64; None: not signed

    def signed_text(self) -> bytes:
        """Return the bytes that are signed."""
        return f"specimen-service checkpoint 1\n{self.size}\n{self.root_hash}\n{self.time}\n".encode()

    def is_signed_by(self, public_key: bytes) -> bool:
        """Tell whether the owner of a PEM public key signed it; raises `ImportError` without the `cryptography` package."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        key = load_pem_public_key(public_key)
        try:
            if isinstance(key, Ed25519PublicKey):
                key.verify(base64.b64decode(self.signature or "", validate=True), self.signed_text())
                return True
        except (InvalidSignature, ValueError):
            pass
        return False


def read_checkpoint(text: str) -> Checkpoint:
    """Read what `custody checkpoint` printed; raises `ValueError` with a sentence where it is something else."""
    try:
        said = json.loads(text)
        found = Checkpoint(said["size"], said["root_hash"], said["time"], said["signature"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("This is not a checkpoint: it needs size, root_hash, time and signature.") from error
    if type(found.size) is not int or found.size < 0 or not _is_hash(found.root_hash):
        raise ValueError("This is not a checkpoint: its size or root_hash cannot be.")
    return found


class Tree:
    """A Merkle tree (RFC 6962, section 2.1) that grows leaf by leaf and keeps only the roots of its whole subtrees."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        """Go on from a tree of `size` leaves; `peaks` are the roots of its whole subtrees, the largest first."""
        self.size, self.peaks = size, list(peaks)

    def add(self, leaf: str) -> None:
        """Add one leaf: the text of an event's hash."""
        node, left = sha256(b"\0" + leaf.encode("utf-8", "surrogatepass")).digest(), self.size
        while left & 1:
            node, left = sha256(b"\1" + self.peaks.pop() + node).digest(), left >> 1
        self.peaks.append(node)
        self.size += 1

    def root(self) -> str:
        """Return the root as hexadecimal digits."""
        if not self.peaks:
            return sha256().hexdigest()
        *rest, node = self.peaks
        while rest:
            node = sha256(b"\1" + rest.pop() + node).digest()
        return node.hex()


def hashed(values: Sequence[object]) -> str:
    """Return the hash of an event's covered values, as 64 hexadecimal digits.

    What is hashed is a line naming the form, `(` and how many values there are, then each value: `N` for a null; `i` and
    the number in four bytes; `g` and eight bytes of floating point; `u`, the length in four bytes, and as many of UTF-8;
    all little-endian. Nulls at the end are left out: a column added later leaves the hashes of older rows as they are.
    """
    end = len(values)
    while end and values[end - 1] is None:
        end -= 1
    # The second version of marshal is exactly this form, and several times faster than anything written in Python.
    form: bytes = marshal.dumps(tuple(values[:end]), 2)  # type: ignore[arg-type]
    return sha256(_DOMAIN + form).hexdigest()


def private_digest(text: str, salt: str) -> str:
    """Return what an event keeps of text that may be erased: the SHA-256 of salt and text."""
    return sha256(f"{salt}{text}".encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(slots=True)
class _Chain:
    """A walk along one chain: the place the next row must have, and what it must name as the hash before it."""

    table: str
    owner: int
    length: object
    head: object
    place: int = 1
    previous: object = ""  # None after an altered row, with which nothing can be compared
    altered: set[int] = field(default_factory=set)  # places of altered rows out of order: not missing as well
    behind: list[Fault] = field(default_factory=list)  # whole rows behind the end the owner knows of

    @property
    def name(self) -> str:
        return f"{self.table} {self.owner}"

    def fault(self, row_id: int | None, seq: object, what: What) -> Fault:
        return Fault("custody_event", row_id, self.name, seq, what)

    def reaches(self, seq: int) -> bool:
        return type(self.length) is not int or seq <= self.length

    def take_altered(self, row_id: int, seq: object) -> Iterator[Fault]:
        yield self.fault(row_id, seq, What.ALTERED)
        if seq == self.place and self.reaches(self.place):
            self.place, self.previous = self.place + 1, None
        elif type(seq) is int:
            self.altered.add(seq)

    def take_odd(self, row_id: int, seq: int, previous: object, own: str) -> Iterator[Fault]:
        """Take a row whose own hash holds and that is not simply the next."""
        if seq < self.place and not (seq == self.place - 1 and self.previous is None):  # an altered row had its place
            yield self.fault(row_id, seq, What.ADDED)
            return
        yield from self.missing(seq)
        if seq == self.place and self.previous not in {None, previous}:
            yield self.fault(row_id, seq, What.SWAPPED)
        if not self.reaches(seq):
            self.behind.append(self.fault(row_id, seq, What.ADDED))
        self.place, self.previous = seq + 1, own

    def end(self) -> Iterator[Fault]:
        """Compare where the rows end with what the owner of the chain says."""
        last, ends_there = self.place - 1, self.previous in {None, self.head}
        if last == self.length and ends_there:
            return
        if last == self.length or ends_there or type(self.length) is not int:
            yield Fault(self.table, self.owner, self.name, self.length, What.HEAD)
            return
        yield from self.behind
        yield from self.missing(self.length + 1)

    def missing(self, until: int) -> Iterator[Fault]:
        for seq in range(self.place, min(until, self.place + _LONGEST_GAP)):
            if seq not in self.altered:
                yield self.fault(None, seq, What.MISSING)


class Check:
    """A verification in progress: told of every chain and its events in order, then of tree heads, then of leaves in order."""

    def __init__(self, head: Mapping[str, Any], checkpoint: Checkpoint | None = None) -> None:
        """Begin; `head` names the covered `columns` in order, the events `erased` on record, and if they come `with_private`."""
        self.report, self._checkpoint = Report(), checkpoint
        columns, self._erased, self._with_private = head["columns"], set(head["erased"]), head["with_private"]
        self._seq, self._previous, self._private = map(columns.index, ("seq", "previous_hash", "private_digest"))
        self._chain: _Chain | None = None
        self._named: set[object] = set()
        self._tree, self._roots = Tree(), dict[int, object]()
        self._next = self._covered = 0
        self._broken = False  # a leaf is missing or wrong: no later tree can be the one that was
        # Leaves (number, event) that are not what their events say, until a tree tells which of the two is right.
        self._differing: list[tuple[int, int]] = []

    def take(self, kind: str, said: Any) -> None:  # noqa: ANN401 - whatever was found in the database
        """Check the next row: a `chain` and its `event`s, `orphans` and theirs, a `tree_head`, or a `leaf`."""
        if kind == "event":
            self._event(said)
        elif kind == "leaf":
            self._leaf(*said)
        elif kind == "tree_head":
            self._tree_head(*said)
        else:
            self._end_chain()
            self._chain = _Chain(*said) if kind == "chain" else None

    def _event(self, row: Sequence[Any]) -> None:
        """Check the next event of the chain: its id, its hash, its text apart, the salt of that, the covered values."""
        self.report.rows += 1
        values, chain = row[4:], self._chain
        seq = values[self._seq]
        if chain is None:
            self._name([Fault("custody_event", row[0], "none", seq, What.ADDED)])
        elif (
            hashed(values) != row[1]
            or type(seq) is not int
            or not self._is_held(row[0], row[2], row[3], values[self._private])
        ):
            self._name(chain.take_altered(row[0], seq))
        elif seq == chain.place and values[self._previous] == chain.previous and chain.reaches(seq):
            chain.place, chain.previous = seq + 1, row[1]
        else:
            self._name(chain.take_odd(row[0], seq, values[self._previous], row[1]))

    def _tree_head(self, size: int, root: object, peaks: object) -> None:
        """Keep a tree head until its leaves have come."""
        nodes = peaks.split() if isinstance(peaks, str) else []
        whole = all(map(_is_hash, nodes)) and len(nodes) == size.bit_count()
        if whole and Tree(size, map(bytes.fromhex, nodes)).root() == root:
            self._roots[size] = root
        else:
            self._name([Fault("custody_tree_head", size, "log", size, What.ALTERED)])
        self._covered = max(self._covered, size)

    def _leaf(self, number: object, event_id: int, sealed: object, event_hash: object) -> None:
        """Check the next leaf; `event_hash` is what its event says now, None where the event is gone."""
        if type(number) is not int or number < self._next or not isinstance(sealed, str):
            self._broken = True
            self._name([Fault("custody_leaf", event_id, "log", number, What.ALTERED)])
            return
        self._name_missing_leaves(number)
        self._next = number + 1
        if event_hash is None:
            self._name([Fault("custody_event", event_id, "log", number, What.MISSING)])
        else:
            self.report.sealed += 1
            if event_hash != sealed and ("custody_event", event_id) not in self._named:
                self._differing.append((number, event_id))
        self._tree.add(sealed)
        if self._next in self._roots:
            self._compare_with_tree_head()
        then = self._checkpoint
        if then is not None and self._next == then.size and self._tree.root() != then.root_hash:
            self._name([Fault("checkpoint", None, "log", then.size, What.REWRITTEN)])

    def done(self) -> Report:
        """End, and return what was found."""
        self._end_chain()
        self._name_missing_leaves(self._covered)
        self._blame("custody_event", What.REWRITTEN)
        if self._next > self._covered:
            self._name([Fault("custody_tree_head", None, "log", self._next, What.MISSING)])
        if self._checkpoint is not None and self._checkpoint.size > self._next:
            self._name([Fault("checkpoint", None, "log", self._checkpoint.size, What.TRUNCATED)])
        self.report.unsealed = self.report.rows - self.report.sealed
        return self.report

    def _is_held(self, row_id: int, private: object, salt: object, kept: object) -> bool:
        """Tell whether the text apart is the one recorded, or was erased on record."""
        if kept is None or not self._with_private:
            return private is salt is None
        if private is salt is None:
            self.report.erased += row_id in self._erased
            return row_id in self._erased
        return isinstance(private, str) and isinstance(salt, str) and private_digest(private, salt) == kept

    def _end_chain(self) -> None:
        if self._chain is not None:
            self._name(self._chain.end())
            self._chain = None

    def _name(self, faults: Iterable[Fault]) -> None:
        for fault in faults:
            self.report.faults.append(fault)
            self._named.add((fault.table, fault.id))

    def _name_missing_leaves(self, until: int) -> None:
        if until > self._next:
            self._broken = True
            gone = range(self._next, min(until, self._next + _LONGEST_GAP))
            self._name(Fault("custody_leaf", None, "log", number, What.MISSING) for number in gone)

    def _compare_with_tree_head(self) -> None:
        """Compare with the tree of that time, which says who is wrong where an event and its leaf differ."""
        holds = self._tree.root() == self._roots[self._next]
        if holds or self._broken:
            self._blame("custody_event", What.REWRITTEN)
        elif self._differing:
            self._blame("custody_leaf", What.ALTERED)
            self._broken = True
        else:
            self._name([Fault("custody_tree_head", self._next, "log", self._next, What.REWRITTEN)])

    def _blame(self, table: str, what: What) -> None:
        self._name(Fault(table, event_id, "log", number, what) for number, event_id in self._differing)
        self._differing.clear()


def check_export(lines: Iterable[bytes], checkpoint: Checkpoint | None) -> Report:
    """Check an export; raises `ValueError`, naming the line, where it is not one."""
    number, hashes, read = 1, dict[object, object](), iter(lines)
    try:
        check = Check(json.loads(next(read, b""))["export"], checkpoint)
        for line in read:
            number += 1
            ((kind, said),) = json.loads(line).items()
            if kind == "event":
                hashes[said[0]] = said[1]
            check.take(kind, [*said, hashes.get(said[1])] if kind == "leaf" else said)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise ValueError(f"Line {number} cannot be read as part of an export of custody.") from error
    return check.done()


def main(arguments: Sequence[str] | None = None) -> int:
    """Check an export from the command line; returns 0 whole, 1 not whole, 2 could not check."""
    parser = argparse.ArgumentParser(description="Check an export of the custody log without the service.")
    parser.add_argument("export", type=Path, help="what `specimen-service custody export` wrote")
    parser.add_argument("--checkpoint", type=Path, help="what `specimen-service custody checkpoint` printed earlier")
    parser.add_argument("--public-key", type=Path, help="PEM file of the key that must have signed it")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args(arguments)
    try:
        checkpoint = read_checkpoint(asked.checkpoint.read_text("utf-8")) if asked.checkpoint else None
        with asked.export.open("rb") as lines:
            report = check_export(lines, checkpoint)
        if checkpoint is not None and asked.public_key and not checkpoint.is_signed_by(asked.public_key.read_bytes()):
            report.faults.append(Fault("checkpoint", None, "log", checkpoint.size, What.SIGNATURE))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except ImportError:
        sys.stderr.write("A signature needs the package `cryptography`; without --public-key it is not checked.\n")
        return 2
    sys.stdout.write((report.json() if asked.json else "\n".join(report.lines())) + "\n")
    return 0 if report.whole else 1


def _is_hash(text: object) -> bool:
    return isinstance(text, str) and len(text) == _HASH_DIGITS and not text.strip("0123456789abcdef")


if __name__ == "__main__":
    sys.exit(main())

"""The Merkle tree of the log (默克尔树, RFC 9162 section 2), kept as rows of 256 hashes.

Level 0 holds the hashes of the leaves; each level above holds one hash for 256 of the level below
(the tiles of C2SP tlog-tiles). What is written is never written again: only whole groups of 256
have a hash above them, and the ragged right edge is folded when a root is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from guiju.kernel.evidence.hashes import Digest, sha256

WIDTH = 256
_BITS = 8


def leaf_hash(leaf: bytes, digest: Digest = sha256) -> bytes:
    return digest(b"\x00" + leaf)


def node_hash(left: bytes, right: bytes, digest: Digest = sha256) -> bytes:
    return digest(b"\x01" + left + right)


def _fold(hashes: Sequence[bytes], digest: Digest) -> bytes:
    """The root over 2**k hashes."""
    while len(hashes) > 1:
        hashes = [digest(b"\x01" + hashes[at] + hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def _split(size: int) -> int:
    """The largest power of two below `size`: where RFC 9162 cuts a tree."""
    return 1 << (size - 1).bit_length() - 1


def root_of(hashes: Sequence[bytes], digest: Digest = sha256) -> bytes:
    """The root over leaf hashes; of none, the digest of nothing."""
    if not hashes:
        return digest(b"")
    peaks, start = [], 0
    for bit in range(len(hashes).bit_length() - 1, -1, -1):
        if len(hashes) >> bit & 1:
            peaks.append(_fold(hashes[start : start + (1 << bit)], digest))
            start += 1 << bit
    return _joined(peaks, digest)


def _joined(peaks: Sequence[bytes], digest: Digest) -> bytes:
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = digest(b"\x01" + peak + root)
    return root


def path_in(hashes: Sequence[bytes], index: int, digest: Digest = sha256) -> list[bytes]:
    """The inclusion path of one of these leaf hashes, the lowest sibling first."""
    path: list[bytes] = []
    while len(hashes) > 1:
        half = _split(len(hashes))
        if index < half:
            path.append(root_of(hashes[half:], digest))
            hashes = hashes[:half]
        else:
            path.append(root_of(hashes[:half], digest))
            hashes, index = hashes[half:], index - half
    return path[::-1]


class Nodes(Protocol):
    """Where the hashes lie."""

    def read(self, level: int, start: int, count: int) -> list[bytes]:
        """Hashes start … start+count-1 of a level; they lie within one group of 256."""
        ...


@dataclass
class Tree:
    """A tree of `size` leaves, read where needed: a root or a proof costs a few groups of hashes."""

    size: int
    nodes: Nodes
    digest: Digest = sha256
    _groups: dict[tuple[int, int], list[bytes]] = field(default_factory=dict)

    def root(self) -> bytes:
        return self._range(0, self.size) if self.size else self.digest(b"")

    def inclusion(self, index: int) -> list[bytes]:
        """The path from leaf `index` to the root (RFC 9162, 2.1.3.1)."""
        if not 0 <= index < self.size:
            raise IndexError(f"no leaf {index} in a tree of {self.size}")
        path: list[bytes] = []
        start, end = 0, self.size
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                path.append(self._range(middle, end))
                end = middle
            else:
                path.append(self._range(start, middle))
                start = middle
        return path[::-1]

    def consistency(self, earlier: int) -> list[bytes]:
        """The proof that this tree grew out of the one of `earlier` leaves (RFC 9162, 2.1.4.1)."""
        if not 0 < earlier <= self.size:
            raise IndexError(f"no tree of {earlier} leaves within {self.size}")
        path: list[bytes] = []
        start, end, is_whole = 0, self.size, True
        while earlier != end:
            middle = start + _split(end - start)
            if earlier <= middle:
                path.append(self._range(middle, end))
                end = middle
            else:
                path.append(self._range(start, middle))
                start, is_whole = middle, False
        if not is_whole:
            path.append(self._range(start, end))
        return path[::-1]

    def _range(self, start: int, end: int) -> bytes:
        """The hash over the leaves [start, end)."""
        size = end - start
        if size & (size - 1) == 0:
            return self.perfect(size.bit_length() - 1, start)
        middle = start + _split(size)
        return node_hash(self._range(start, middle), self._range(middle, end), self.digest)

    def perfect(self, bits: int, start: int) -> bytes:
        """The hash over the 2**bits leaves from `start`, a multiple of that number."""
        level, rest = divmod(bits, _BITS)
        first = start >> level * _BITS
        group = self._group(level, first // WIDTH)
        return _fold(group[first % WIDTH : first % WIDTH + (1 << rest)], self.digest)

    def _group(self, level: int, index: int) -> list[bytes]:
        known = self._groups.get((level, index))
        if known is None:
            whole = self.size >> level * _BITS
            count = min(WIDTH, whole - index * WIDTH)
            known = self.nodes.read(level, index * WIDTH, count)
            if len(known) != count:
                raise MissingHashes(f"level {level} lacks hashes after {index * WIDTH + len(known)}")
            self._groups[level, index] = known
        return known


class MissingHashes(LookupError):
    """The store doesn't hold what a tree of this size must have."""


@dataclass(frozen=True)
class Node:
    """A new hash above level 0."""

    level: int
    index: int
    hash: bytes


@dataclass
class Frontier:
    """The right edge of a growing tree: the roots of its whole subtrees, one for each bit of its size.

    A leaf costs one hash on average and a root some twenty, so that every checkpoint of a long log
    can be compared on the way.
    """

    size: int = 0
    digest: Digest = sha256
    peaks: list[bytes] = field(default_factory=list)

    @classmethod
    def of(cls, tree: Tree) -> Frontier:
        """Begin where a tree ends."""
        peaks, start = [], 0
        for bits in range(tree.size.bit_length() - 1, -1, -1):
            if tree.size >> bits & 1:
                peaks.append(tree.perfect(bits, start))
                start += 1 << bits
        return cls(tree.size, tree.digest, peaks)

    def add(self, one: bytes) -> list[Node]:
        """Take the hash of the next leaf; returns the hashes over 256, 65,536 … that it completes."""
        made: list[Node] = []
        bits = 0
        while self.size >> bits & 1:
            one = self.digest(b"\x01" + self.peaks.pop() + one)
            bits += 1
            if bits % _BITS == 0:
                made.append(Node(bits // _BITS, self.size >> bits, one))
        self.peaks.append(one)
        self.size += 1
        return made

    def grow(self, hashes: Iterable[bytes]) -> list[Node]:
        """Take the hashes of new leaves, all at once; returns the hashes that this completes above them."""
        made: list[Node] = []
        digest, row, bits = self.digest, list(hashes), 0
        size, self.size = self.size, self.size + len(row)
        old, kept = self.peaks, []
        while row or old:
            if size >> bits & 1:
                row.insert(0, old.pop())
            if len(row) % 2:
                kept.append(row.pop())
            first = size >> bits + 1
            pairs = iter(row)
            row = [digest(b"\x01" + left + right) for left, right in zip(pairs, pairs, strict=True)]
            bits += 1
            if bits % _BITS == 0:
                made += [Node(bits // _BITS, first + at, one) for at, one in enumerate(row)]
        self.peaks = kept[::-1]
        return made

    def root(self) -> bytes:
        return _joined(self.peaks, self.digest) if self.peaks else self.digest(b"")


@dataclass
class Board:
    """A tree whose leaves change (the heads of all streams): a change costs one path, a new leaf all of it."""

    _levels: list[list[bytes]] = field(default_factory=list)

    def fill(self, hashes: Sequence[bytes]) -> None:
        level = list(hashes)
        self._levels = [level]
        while len(level) > 1:
            pairs = iter(level)
            above = [sha256(b"\x01" + left + right) for left, right in zip(pairs, pairs, strict=False)]
            if len(level) % 2:
                # The odd one out moves up as it is: the same tree as RFC 9162 cuts it.
                above.append(level[-1])
            level = above
            self._levels.append(level)

    def put(self, index: int, one: bytes) -> None:
        self._levels[0][index] = one
        for below, level in zip(self._levels, self._levels[1:], strict=False):
            index //= 2
            pair = below[2 * index : 2 * index + 2]
            level[index] = node_hash(pair[0], pair[1]) if len(pair) == 2 else pair[0]

    def root(self) -> bytes:
        return self._levels[-1][0] if self._levels and self._levels[0] else sha256(b"")


def verify_inclusion(
    leaf: bytes, *, index: int, size: int, path: Sequence[bytes], root: bytes, digest: Digest = sha256
) -> bool:
    """Whether a leaf hash stands at `index` of the tree with this root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    here, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node_hash(sibling, found, digest)
            while not here & 1 and here:
                here >>= 1
                last >>= 1
        else:
            found = node_hash(found, sibling, digest)
        here >>= 1
        last >>= 1
    return last == 0 and found == root


def verify_consistency(
    *, earlier: int, size: int, earlier_root: bytes, root: bytes, path: Sequence[bytes], digest: Digest = sha256
) -> bool:
    """Whether the larger tree only added to the smaller one (RFC 9162, 2.1.4.2)."""
    if not 0 < earlier <= size:
        return False
    if earlier == size:
        return not path and earlier_root == root
    steps = list(path)
    if earlier & (earlier - 1) == 0:
        steps.insert(0, earlier_root)
    if not steps:
        return False
    here, last = earlier - 1, size - 1
    while here & 1:
        here >>= 1
        last >>= 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node_hash(step, old, digest), node_hash(step, new, digest)
            while not here & 1 and here:
                here >>= 1
                last >>= 1
        else:
            new = node_hash(new, step, digest)
        here >>= 1
        last >>= 1
    return last == 0 and old == earlier_root and new == root

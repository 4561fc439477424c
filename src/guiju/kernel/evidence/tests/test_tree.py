"""The tree against the definitions of RFC 9162, written down a second time and as slowly as they read."""

import hashlib
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.evidence.hashes import sha256, sm3
from guiju.kernel.evidence.tree import (
    Board,
    Frontier,
    MissingHashes,
    Tree,
    leaf_hash,
    path_in,
    root_of,
    verify_consistency,
    verify_inclusion,
)


def mth(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


class Kept:
    """Hashes in memory, as the log's table keeps them."""

    def __init__(self) -> None:
        self.levels: dict[int, list[bytes]] = {}

    def read(self, level: int, start: int, count: int) -> list[bytes]:
        return self.levels.get(level, [])[start : start + count]


def grown(leaves: list[bytes], *, step: int = 1000) -> tuple[Frontier, Kept]:
    frontier, kept = Frontier(), Kept()
    for start in range(0, len(leaves), step):
        hashes = [leaf_hash(leaf) for leaf in leaves[start : start + step]]
        kept.levels.setdefault(0, []).extend(hashes)
        for node in frontier.grow(hashes):
            level = kept.levels.setdefault(node.level, [])
            assert len(level) == node.index
            level.append(node.hash)
    return frontier, kept


LEAVES = [b"%d" % number for number in range(70_000)]
_, KEPT = grown(LEAVES)

SIZES = st.one_of(st.integers(1, 600), st.integers(1, len(LEAVES)), st.sampled_from([1, 255, 256, 257, 65_536, 65_537]))


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 255, 256, 257, 511, 513, 1000])
def test_the_root_is_that_of_rfc_9162_however_it_was_grown(size: int) -> None:
    wanted = mth(LEAVES[:size])

    for step in (1, 7, 256, 1000):
        frontier, kept = grown(LEAVES[:size], step=step)
        assert frontier.root() == wanted == Tree(size, kept).root()
        assert Frontier.of(Tree(size, kept)).peaks == frontier.peaks
    assert root_of([leaf_hash(leaf) for leaf in LEAVES[:size]]) == wanted


def test_a_frontier_has_every_root_on_its_way_and_the_hashes_above_256() -> None:
    frontier, made = Frontier(), []
    for size, leaf in enumerate(LEAVES[:1000], start=1):
        made += frontier.add(leaf_hash(leaf))
        assert frontier.root() == Tree(size, KEPT).root()
    assert [(node.level, node.index, node.hash) for node in made] == [
        (1, at, KEPT.levels[1][at]) for at in range(1000 // 256)
    ]
    goes_on = Frontier.of(Tree(777, KEPT))
    for leaf in LEAVES[777:1000]:
        goes_on.add(leaf_hash(leaf))
    assert (goes_on.size, goes_on.root()) == (1000, frontier.root())


@given(st.integers(0, 200), st.data())
def test_a_board_has_the_root_of_its_leaves_whichever_change(size: int, data: st.DataObject) -> None:
    hashes, board = [leaf_hash(leaf) for leaf in LEAVES[:size]], Board()
    board.fill(hashes)
    for index in data.draw(st.lists(st.integers(0, size - 1), max_size=5)) if size else []:
        hashes[index] = leaf_hash(b"changed %d" % index)
        board.put(index, hashes[index])
    assert board.root() == root_of(hashes)


@given(SIZES, st.data())
def test_every_inclusion_proof_verifies_and_only_for_its_leaf(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    tree = Tree(size, KEPT)
    path, root = tree.inclusion(index), tree.root()
    leaf = leaf_hash(LEAVES[index])

    assert verify_inclusion(leaf, index=index, size=size, path=path, root=root)
    assert not verify_inclusion(leaf_hash(b"other"), index=index, size=size, path=path, root=root)
    if size > 1:
        assert not verify_inclusion(leaf, index=(index + 1) % size, size=size, path=path, root=root)
        assert not verify_inclusion(leaf, index=index, size=size, path=path[:-1], root=root)
    assert not verify_inclusion(leaf, index=index, size=size, path=[*path, root], root=root)
    assert not verify_inclusion(leaf, index=size, size=size, path=path, root=root)


@given(SIZES, st.data())
def test_every_consistency_proof_verifies_and_none_for_another_past(size: int, data: st.DataObject) -> None:
    earlier = data.draw(st.integers(1, size))
    tree, before = Tree(size, KEPT), Tree(earlier, KEPT)
    proof = {"earlier": earlier, "size": size, "path": tree.consistency(earlier)}

    assert verify_consistency(**proof, earlier_root=before.root(), root=tree.root())
    if earlier < size:
        assert not verify_consistency(**proof, earlier_root=sha256(b"another past"), root=tree.root())
        assert not verify_consistency(**proof, earlier_root=before.root(), root=sha256(b"another present"))
        longer = {**proof, "path": [*proof["path"], sha256(b"x")]}
        assert not verify_consistency(**longer, earlier_root=before.root(), root=tree.root())


@given(st.integers(1, 300), st.data())
def test_the_path_in_a_batch_is_the_path_in_a_tree(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    hashes = [leaf_hash(leaf) for leaf in LEAVES[:size]]

    assert path_in(hashes, index) == Tree(size, KEPT).inclusion(index)


def test_sm3_grows_the_same_tree_with_another_hash() -> None:
    # GB/T 32905-2016, A.1
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    frontier, hashes = Frontier(digest=sm3), [leaf_hash(leaf, sm3) for leaf in LEAVES[:300]]
    frontier.grow(hashes)

    path = path_in(hashes, 77, sm3)
    assert frontier.root() == root_of(hashes, sm3)
    assert verify_inclusion(hashes[77], index=77, size=300, path=path, root=frontier.root(), digest=sm3)
    assert not verify_inclusion(hashes[77], index=77, size=300, path=path, root=frontier.root())


def test_hashes_that_are_not_there_are_missed_and_not_made_up() -> None:
    kept = Kept()
    kept.levels = {0: KEPT.levels[0][:299], 1: KEPT.levels[1][:1]}

    with pytest.raises(MissingHashes):
        Tree(300, kept).root()
    with pytest.raises(MissingHashes):
        Frontier.of(Tree(300, kept))
    for index in (-1, 300):
        with pytest.raises(IndexError):
            Tree(300, KEPT).inclusion(index)
    for earlier in (0, 301):
        with pytest.raises(IndexError):
            Tree(300, KEPT).consistency(earlier)


def test_a_random_forger_never_gets_a_proof_through() -> None:
    random = Random(5)
    tree = Tree(1000, KEPT)
    root = tree.root()
    for _ in range(500):
        index = random.randrange(1000)
        path = tree.inclusion(index)
        place = random.randrange(len(path))
        path[place] = random.randbytes(32)
        assert not verify_inclusion(leaf_hash(LEAVES[index]), index=index, size=1000, path=path, root=root)

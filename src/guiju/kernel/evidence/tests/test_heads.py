"""Where all streams stand: the same root as from the plain definition, at the cost of what moved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.evidence import leaves, sha256
from guiju.kernel.evidence.leaves import Head, Heads, head_leaf, next_head
from guiju.kernel.evidence.tree import leaf_hash, root_of

MOVES = st.lists(st.tuples(st.sampled_from([f"公司{n}/a.b" for n in range(20)]), st.integers(1, 1000), st.booleans()))


@given(st.sets(st.sampled_from([f"公司{n}/a.b" for n in range(20)])), MOVES)
def test_the_root_is_that_over_the_heads_in_the_order_of_their_names(
    begun: set[str], moves: list[tuple[str, int, bool]]
) -> None:
    plain = {name: Head(7, sha256(name.encode())) for name in begun}
    heads = Heads(plain)
    for number, (name, count, is_asked) in enumerate(moves):
        leaf = sha256(str(number).encode())
        before = plain.get(name, Head(0, bytes(32)))
        plain[name] = Head(before.count + count, next_head(before.head, leaf))
        assert heads.move(name, count, leaf) == plain[name] == heads[name]
        if is_asked:
            assert heads.root() == root_of([leaf_hash(head_leaf(one, plain[one])) for one in sorted(plain)])
    assert heads.root() == root_of([leaf_hash(head_leaf(one, plain[one])) for one in sorted(plain)])
    assert dict(heads.items()) == plain and len(heads) == len(plain)


def test_a_new_stream_costs_no_head_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    heads = Heads({f"公司{number}/a.b": Head(1, bytes(32)) for number in range(1000)})
    heads.root()
    asked: list[str] = []
    monkeypatch.setattr(leaves, "head_leaf", lambda name, head: asked.append(name) or head_leaf(name, head))
    heads.move("新公司/a.b", 1, bytes(32))
    heads.move("公司5/a.b", 1, bytes(32))
    heads.root()

    assert sorted(asked) == ["公司5/a.b", "新公司/a.b"]

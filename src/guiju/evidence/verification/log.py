"""The log itself, recomputed leaf by leaf: entries, their versions, numbers, heads, hashes, checkpoints."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import psycopg

from guiju.evidence.nodes import tree_of
from guiju.evidence.verification.endings import KeptAbove, check_end, check_left_over, check_streams, tell_swaps
from guiju.evidence.verification.findings import Finding, Report, Unchecked
from guiju.evidence.verification.walk import (
    CHECKPOINT,
    ENTRY,
    KEY,
    LEAF,
    VERSION,
    LeafRow,
    SignedRow,
    VersionRow,
    Walk,
)
from guiju.kernel.evidence import plain_value, record_digest, sm3
from guiju.kernel.evidence.leaves import Heads, Said, batch_root, entry_leaf, read_entry, record_leaf, stream_name
from guiju.kernel.evidence.note import BadNote, Checkpoint, VerifierKey, open_checkpoint
from guiju.kernel.evidence.tree import Frontier, MissingHashes, leaf_hash

_AT_A_TIME = 2000
MOST_SIGNATURES = 50_000
"""Signatures checked in a run, the newest: each costs as much as ten leaves, and each covers all before it."""


def check_log(
    connection: psycopg.Connection[Any],
    *,
    key: VerifierKey | None,
    outside: Sequence[Checkpoint],
    since: int = 0,
) -> Report:
    """Walk over the leaves from `since` on. `outside` are checkpoints that were kept where the database isn't.

    Raises `ValueError` when the log has no leaf `since`.
    """
    report = Report()
    checkpoints = _checkpoints(connection, since)
    key = _check_keys(connection, report, key)
    walk = _begin(connection, report, since)
    walk.rows = {one.size: one for one in checkpoints}
    receipts = _receipts(connection, report, key)
    _check_before(connection, report, [*outside, *receipts], since)
    kept = {one.size: [one] for one in outside}
    for one in receipts:
        kept.setdefault(one.size, []).append(one)
    signed = {one.size: one for one in checkpoints}
    verifies_from = checkpoints[-MOST_SIGNATURES].size if len(checkpoints) > MOST_SIGNATURES else 0
    if verifies_from:
        report.unchecked.append(
            Unchecked("signatures", f"第{verifies_from}条之前的检查点只核对了根，没有逐个验签（其后的签名覆盖它们）")
        )
    nodes = KeptAbove(connection, since)
    expected = since
    for leaf, versions in _leaves(connection, since):
        if leaf.place != expected:
            _miss(report, walk, expected, leaf.place)
        expected = leaf.place + 1
        reached = _check_leaf(report, walk, leaf, versions)
        if checkpoints and expected == checkpoints[-1].size:
            walk.signed = dict(walk.heads.items())
        if walk.is_whole:
            walk.after.append((leaf.hash, reached))
            made = walk.frontier.add(leaf.hash)
            made_sm3 = walk.frontier_sm3.add(leaf.sm3)
            nodes.check(report, made, made_sm3)
        if expected in signed or expected in kept:
            _check_checkpoint(
                report,
                walk,
                expected,
                signed.get(expected),
                kept.get(expected, []),
                key if expected >= verifies_from else None,
            )
    report.leaves = expected - since
    report.size = expected
    check_end(report, walk, expected, checkpoints, [*outside, *receipts])
    tell_swaps(report, walk)
    check_left_over(connection, report)
    if since == 0:
        check_streams(connection, report, walk)
    nodes.check_end(report, walk)
    if walk.good:
        report.checkpoint = Checkpoint(
            key.name if key else "", walk.good, bytes(signed[walk.good].root) if walk.good in signed else b""
        )
    if not outside:
        report.unchecked.append(
            Unchecked("whole_log", "没有留在外面的检查点：整个日志若连同数据库一起被换掉或退回旧备份，这里看不出来")
        )
    return report


def _checkpoints(connection: psycopg.Connection[Any], since: int) -> list[SignedRow]:
    rows = connection.execute(
        "SELECT size, root, at, note FROM evidence_checkpoint WHERE size >= %s ORDER BY size", [since], binary=True
    )
    return [SignedRow(*row) for row in rows]


def _check_before(connection: psycopg.Connection[Any], report: Report, kept: Sequence[Checkpoint], since: int) -> None:
    """Checkpoints of before the walk begins are compared with the tree as it is stored."""
    for one in kept:
        if one.size <= since and tree_of(connection, one.size).root() != one.root:
            words = f"留在外面的检查点（{one.size}条）与现在的日志不是同一个"
            report.add(Finding("log_swapped", CHECKPOINT, str(one.size), words, "root", one.size - 1, None, one.size))


def _receipts(connection: psycopg.Connection[Any], report: Report, key: VerifierKey | None) -> list[Checkpoint]:
    """Checkpoints of which others gave receipts: the log has to go through each of them."""
    found = []
    for pk, note in connection.execute("SELECT id, checkpoint FROM evidence_receipt WHERE done_at IS NOT NULL"):
        try:
            if key is not None:
                found.append(open_checkpoint(note, key))
        except BadNote:
            report.add(
                Finding("receipt_edited", "evidence_receipt", str(pk), "回执里的检查点不是这套日志签名的", "checkpoint")
            )
    return found


def _check_keys(connection: psycopg.Connection[Any], report: Report, key: VerifierKey | None) -> VerifierKey | None:
    """The key of the log; one that the data folder holds decides over the one in the database."""
    rows = connection.execute("SELECT since, key FROM evidence_logkey ORDER BY since").fetchall()
    row = rows[0] if rows else None
    for added in rows[1:]:
        report.add(Finding("key_edited", KEY, str(added[0]), "数据库里多出一把签名公钥", "key"))
    try:
        stored = VerifierKey.parse(row[1]) if row else None
    except BadNote:
        stored = None
        report.add(Finding("key_edited", KEY, str(row[0]) if row else None, "数据库里的签名公钥读不懂", "key"))
    if key is None:
        if stored is not None:
            report.unchecked.append(
                Unchecked("key", "签名公钥取自同一个数据库：谁换了整个数据库，也换得了它。请与留在外面的公钥比对")
            )
        return stored
    if stored is not None and stored != key:
        pk = str(row[0]) if row else None
        report.add(Finding("key_edited", KEY, pk, "数据库里的签名公钥不是数据文件夹里密钥的公钥", "key"))
    return key


def _begin(connection: psycopg.Connection[Any], report: Report, since: int) -> Walk:
    if since == 0:
        return Walk(Frontier(), Frontier(digest=sm3), Heads({}), knows_heads=True)
    report.unchecked.append(Unchecked("before", f"第{since}条之前的条目和各类记录的编号，这一次没有核对"))
    try:
        tree = tree_of(connection, since)
        return Walk(
            Frontier.of(tree),
            Frontier.of(tree_of(connection, since, digest=sm3)),
            Heads({}),
            knows_heads=False,
            good=since,
            base=Frontier.of(tree),
        )
    except MissingHashes:
        raise ValueError(f"the log has no {since} leaves") from None


def _leaves(connection: psycopg.Connection[Any], since: int) -> Iterator[tuple[LeafRow, list[VersionRow]]]:
    """Leaves in order, each with the versions of its entry; both come in portions."""
    with (
        connection.cursor("guiju_leaves", binary=True) as leaves,
        connection.cursor("guiju_versions", binary=True) as versions,
    ):
        leaves.itersize = versions.itersize = _AT_A_TIME
        leaves.execute(
            "SELECT l.index, l.entry_id::text, l.content, l.hash, l.sm3, e.id::text, e.entity_id::text, e.action,"
            " e.actor_id::text, CASE WHEN e.at >= '0001-01-01 00:00Z'"  # Before Christ, the same digits come again.
            " THEN to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') END,"
            " e.subject_type, e.subject_id::text, e.count, e.leaf FROM evidence_leaf l"
            " LEFT JOIN evidence_entry e ON e.id = l.entry_id WHERE l.index >= %s ORDER BY l.index",
            [since],
        )
        versions.execute(
            "SELECT l.index, r.id::text, r.position, r.subject_type, r.subject_id::text, r.schema, r.digests"
            " FROM evidence_revision r JOIN evidence_leaf l ON l.entry_id = r.entry_id WHERE l.index >= %s"
            " ORDER BY l.index, r.position",
            [since],
        )
        grouped = groupby(map(VersionRow._make, versions), key=lambda version: version.place)
        at, group = next(grouped, (None, iter(())))
        for leaf in map(LeafRow._make, leaves):
            if at == leaf.place:
                yield leaf, list(group)
                at, group = next(grouped, (None, iter(())))
            else:
                yield leaf, []


def _miss(report: Report, walk: Walk, expected: int, found: int) -> None:
    walk.is_whole = False
    what = f"第{expected}条" if found == expected + 1 else f"第{expected}至{found - 1}条"
    report.add(Finding("leaf_deleted", LEAF, str(expected), f"日志里少了{what}", index=expected))


def _check_leaf(report: Report, walk: Walk, leaf: LeafRow, versions: Sequence[VersionRow]) -> bytes:
    """Compare a leaf with its entry and versions; returns the hash that it should have."""
    if leaf.entry_id is None:
        return _check_heads(report, walk, leaf)
    if leaf.found is None:
        report.add(Finding("entry_deleted", ENTRY, leaf.entry_id, f"第{leaf.place}条的条目被删去", index=leaf.place))
        walk.knows_heads = False
        return leaf.hash
    try:
        places = [int(place) for place in json.loads(leaf.content)]
        content = entry_leaf(leaf.text.encode(), places)
        said = read_entry(leaf.text)
        _check_columns(report, leaf, said)
    except (ValueError, TypeError):
        report.add(Finding("entry_edited", ENTRY, leaf.entry_id, f"第{leaf.place}条的条目读不懂了", "leaf", leaf.place))
        walk.knows_heads = False
        return leaf.hash
    reached = leaf_hash(content)
    if reached != leaf.hash:
        walk.suspects[leaf.place] = (leaf, reached)
    elif leaf_hash(content, sm3) != leaf.sm3:
        report.add(Finding("leaf_edited", LEAF, str(leaf.place), f"第{leaf.place}条的 SM3 摘要被改", "sm3", leaf.place))
        walk.knows_heads = False
    _check_numbers(report, walk, leaf, said.streams, places)
    _check_versions(report, leaf, versions, said.count, said.root)
    return reached


_COLUMNS = ("id", "entity_id", "action", "actor_id", "at", "subject_type", "subject_id", "count")


def _check_columns(report: Report, leaf: LeafRow, said: Said) -> None:
    entry, subject = said.entry, said.entry["subject"]
    shown = (*leaf[5:12], leaf.records)
    committed = (
        *(entry["id"], entry["entity"], entry["action"], entry["actor"], entry["at"]),
        *(subject["type"], subject["id"], said.count),
    )
    if shown == committed:
        return
    for column, one, other in zip(_COLUMNS, shown, committed, strict=True):
        if one != other:
            report.add(
                Finding(
                    "entry_edited",
                    ENTRY,
                    leaf.entry_id,
                    f"第{leaf.place}条条目的 {column} 与上链内容不一致",
                    column,
                    leaf.place,
                )
            )


def _check_numbers(
    report: Report, walk: Walk, leaf: LeafRow, streams: Sequence[tuple[str, int]], places: Sequence[int]
) -> None:
    for (kind, count), first in zip(streams, places, strict=False):
        name = stream_name(leaf.entity_id, kind)
        wanted = walk.heads[name].count + 1
        if first != wanted and walk.knows_heads and leaf.place not in walk.suspects:
            report.add(
                Finding(
                    "entries_reordered",
                    LEAF,
                    str(leaf.place),
                    f"第{leaf.place}条的编号是{first}，同类记录到这里应为{wanted}：次序被动过，或少了条目",
                    "content",
                    leaf.place,
                )
            )
            walk.knows_heads = False
        walk.heads.move(name, count, leaf.hash)


def _check_versions(report: Report, leaf: LeafRow, versions: Sequence[VersionRow], count: int, root: str) -> None:
    leaves = [
        record_leaf(version.schema, version.subject_id, record_digest(version.schema, version.digests))
        for version in versions
        if len(version.digests) % 32 == 0
    ]
    in_order = [version.position for version in versions] == list(range(count))
    if len(leaves) == count and in_order and batch_root(leaves).hex() == root:
        for version in versions:
            if version.subject_type != version.schema.rpartition("/")[0]:
                report.add(
                    Finding(
                        "version_edited",
                        VERSION,
                        version.id,
                        f"第{leaf.place}条的版本写着另一类记录",
                        "subject_type",
                        leaf.place,
                    )
                )
        return
    pk = versions[0].id if len(versions) == 1 else None
    if len(versions) < count:
        kind, words = "version_deleted", f"第{leaf.place}条应有{count}个版本，只剩{len(versions)}个"
    elif len(versions) > count:
        kind, words = "version_inserted", f"第{leaf.place}条应有{count}个版本，现有{len(versions)}个"
    else:
        kind, words = "version_edited", f"第{leaf.place}条的版本与当时存证的不一致"
    report.add(Finding(kind, VERSION, pk, words, None, leaf.place))


def _check_its_row(report: Report, walk: Walk, leaf: LeafRow) -> None:
    """Every such leaf has its checkpoint, signed at the moment that it says."""
    size, row = leaf.place + 1, walk.rows.get(leaf.place + 1)
    if row is None:
        words = f"{size}条处的检查点不在了"
        report.add(Finding("checkpoint_deleted", CHECKPOINT, str(size), words, None, leaf.place))
    elif f'"at":"{plain_value(row.at)}"' not in leaf.content:
        words = f"{size}条处的检查点的时间被改"
        report.add(Finding("checkpoint_edited", CHECKPOINT, str(size), words, "at", leaf.place))


def _check_heads(report: Report, walk: Walk, leaf: LeafRow) -> bytes:
    reached = leaf_hash(leaf.content.encode())
    if reached != leaf.hash:
        walk.suspects[leaf.place] = (leaf, reached)
        return reached
    if leaf_hash(leaf.content.encode(), sm3) != leaf.sm3:
        report.add(Finding("leaf_edited", LEAF, str(leaf.place), f"第{leaf.place}条的 SM3 摘要被改", "sm3", leaf.place))
        walk.knows_heads = False
    _check_its_row(report, walk, leaf)
    if not walk.is_whole or walk.frontier.size != leaf.place or walk.suspects:
        return reached
    try:
        said = json.loads(leaf.content)
        fits = said["sm3"] == {"root": walk.frontier_sm3.root().hex(), "size": leaf.place} or not walk.knows_heads
        if walk.knows_heads:
            fits = fits and said["heads"] == {"count": len(walk.heads), "root": walk.heads.root().hex()}
    except (ValueError, KeyError, TypeError):
        fits = False
    if not fits:
        words = f"第{leaf.place}条写着的各类记录总数和链头，与前面的条目不符"
        report.add(Finding("heads_differ", LEAF, str(leaf.place), words, "content", leaf.place))
        walk.knows_heads = False
    return reached


def _check_checkpoint(
    report: Report,
    walk: Walk,
    size: int,
    signed: SignedRow | None,
    kept: Sequence[Checkpoint],
    key: VerifierKey | None,
) -> None:
    if not walk.is_whole or walk.frontier.size != size:
        return
    fits = True
    if signed is not None:
        _restore_hashes(report, walk, bytes(signed.root))
        fits = _check_signed(report, walk, size, walk.frontier.root(), signed, key)
    root = walk.frontier.root()
    if any(one.root != root for one in kept):
        fits = False
        report.add(
            Finding(
                "log_swapped",
                CHECKPOINT,
                str(size),
                f"留在外面的检查点（{size}条）与现在的日志不是同一个：日志在它之前被改写或整个换过",
                "root",
                size - 1,
                walk.good,
                size,
            )
        )
    if fits:
        walk.good, walk.base = size, replace(walk.frontier, peaks=list(walk.frontier.peaks))
        walk.after.clear()


def _restore_hashes(report: Report, walk: Walk, root: bytes) -> None:
    """Where the computed hashes lead to the signed root and the stored ones don't, the stored ones were altered."""
    touched = [walk.suspects[at] for at in range(walk.good, walk.frontier.size) if at in walk.suspects]
    if not touched or walk.frontier.root() == root:
        return
    computed = replace(walk.base, peaks=list(walk.base.peaks))
    computed.grow(reached for _, reached in walk.after)
    if computed.root() == root:
        walk.frontier = computed
        for leaf, _ in touched:
            del walk.suspects[leaf.place]
            words = f"第{leaf.place}条在日志里的摘要被改，条目本身没有动"
            report.add(Finding("leaf_edited", LEAF, str(leaf.place), words, "hash", leaf.place))


def _check_signed(
    report: Report, walk: Walk, size: int, root: bytes, signed: SignedRow, key: VerifierKey | None
) -> bool:
    if key is not None:
        try:
            said = open_checkpoint(signed.note, key)
        except BadNote:
            report.add(
                Finding(
                    "checkpoint_edited",
                    CHECKPOINT,
                    str(size),
                    f"{size}条处的检查点签名不对",
                    "note",
                    size - 1,
                    walk.good,
                    size,
                )
            )
            return False
        if said.size != size or said.root != bytes(signed.root):
            column = "size" if said.size != size else "root"
            report.add(
                Finding(
                    "checkpoint_edited",
                    CHECKPOINT,
                    str(size),
                    f"{size}条处的检查点与它签名的内容不一致",
                    column,
                    size - 1,
                    walk.good,
                    size,
                )
            )
            return False
    if bytes(signed.root) != root:
        report.add(
            Finding(
                "log_rewritten",
                LEAF,
                None,
                f"第{walk.good}至{size - 1}条之中有被改写的：算出的根与{size}条处签名的检查点不同",
                None,
                walk.good,
                walk.good,
                size,
            )
        )
        walk.is_whole = False
        return False
    return True

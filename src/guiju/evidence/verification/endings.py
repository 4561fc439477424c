"""What is checked once all leaves are read: the tail, the order, the queue, the totals, the hashes above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from guiju.evidence.verification.findings import Finding, Report, Unchecked
from guiju.evidence.verification.walk import ENTRY, LEAF, NODE, STREAM, VERSION, SignedRow, Walk
from guiju.kernel.evidence.leaves import Head, stream_name
from guiju.kernel.evidence.note import Checkpoint
from guiju.kernel.evidence.tree import Node


def check_end(
    report: Report, walk: Walk, size: int, checkpoints: Sequence[SignedRow], outside: Sequence[Checkpoint]
) -> None:
    newest = max((one.size for one in checkpoints), default=0)
    if newest > size:
        report.add(
            Finding(
                "tail_truncated",
                LEAF,
                str(size),
                f"日志只剩{size}条，而签名的检查点有{newest}条：尾部被截去",
                None,
                size,
                walk.good,
                newest,
            )
        )
    beyond = max((one.size for one in outside), default=0)
    if beyond > max(size, newest):
        report.add(
            Finding(
                "log_rolled_back",
                LEAF,
                str(size),
                f"日志只有{size}条，而留在外面的检查点有{beyond}条：数据库退回了旧的备份，或尾部被截去",
                None,
                size,
                walk.good,
                beyond,
            )
        )


def tell_swaps(report: Report, walk: Walk) -> None:
    """Leaves whose hash doesn't fit: of two that carry each other's, the order was changed; else the entry."""
    by_stored = {leaf.hash: leaf for leaf, _ in walk.suspects.values()}
    for leaf, reached in walk.suspects.values():
        other = by_stored.get(reached)
        if other is not None:
            kind, table, pk = "entries_reordered", LEAF, str(leaf.place)
            words = f"第{leaf.place}条和第{other.place}条被对调"
        elif leaf.entry_id is None:
            kind, table, pk = "leaf_edited", LEAF, str(leaf.place)
            words = f"第{leaf.place}条（各类记录的总数）被改"
        else:
            kind, table, pk = "entry_edited", ENTRY, leaf.entry_id
            words = f"第{leaf.place}条的条目或编号被改，与存入日志的摘要不符"
        report.add(Finding(kind, table, pk, words, "leaf" if table == ENTRY else "content", leaf.place))


def check_left_over(connection: psycopg.Connection[Any], report: Report) -> None:
    """Entries that are neither in the log nor waiting, versions without an entry, and a queue that lies."""
    for query, kind, table, words in (
        (
            "SELECT e.id FROM evidence_entry e WHERE NOT EXISTS (SELECT FROM evidence_leaf l WHERE l.entry_id = e.id)"
            " AND NOT EXISTS (SELECT FROM evidence_pending p WHERE p.entry_id = e.id)",
            "entry_inserted",
            ENTRY,
            "条目既不在日志里，也不在等候排位：是绕过程序写进去的，或它的排位被删去",
        ),
        (
            "SELECT r.id FROM evidence_revision r WHERE NOT EXISTS"
            " (SELECT FROM evidence_entry e WHERE e.id = r.entry_id)",
            "version_inserted",
            VERSION,
            "版本没有条目：是绕过程序写进去的，或它的条目被删去",
        ),
        (
            "SELECT p.entry_id FROM evidence_pending p WHERE NOT EXISTS"
            " (SELECT FROM evidence_entry e WHERE e.id = p.entry_id)"
            " OR EXISTS (SELECT FROM evidence_leaf l WHERE l.entry_id = p.entry_id)",
            "queue_edited",
            "evidence_pending",
            "等候排位的条目不存在，或已经在日志里",
        ),
    ):
        for (pk,) in connection.execute(query):
            report.add(Finding(kind, table, str(pk), words))

    check_stalled(connection, report)
    (waiting,) = connection.execute("SELECT count(*) FROM evidence_pending").fetchone() or (0,)
    if waiting:
        report.unchecked.append(Unchecked("pending", f"有{waiting}个条目还在等候排位，没有进入日志"))


PATIENCE_MINUTES = 10


def check_stalled(connection: psycopg.Connection[Any], report: Report) -> None:
    """Who stops the sequencer can still rewrite what it has not signed: that may not go on in silence."""
    # The first 48 bits of an entry's id are the milliseconds at which it was made.
    made = "to_timestamp(('x' || substr(replace(id::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0)"
    row = connection.execute(
        f"SELECT count(*), min({made}) FROM evidence_entry e WHERE {made} < now() - make_interval(mins => %s)"
        " AND NOT EXISTS (SELECT FROM evidence_leaf l WHERE l.entry_id = e.id"
        " AND l.index < (SELECT COALESCE(max(size), 0) FROM evidence_checkpoint))",
        [PATIENCE_MINUTES],
    ).fetchone()
    if row and row[0]:
        words = f"有{row[0]}个条目超过{PATIENCE_MINUTES}分钟没有排位或没有签发检查点：排位停了，这一段还可以改写"
        report.add(Finding("log_stalled", LEAF, None, words))


def check_streams(connection: psycopg.Connection[Any], report: Report, walk: Walk) -> None:
    if not walk.is_whole or not walk.knows_heads or walk.suspects:
        return
    rows = connection.execute(
        "SELECT id, entity_id, subject_type, count, head, signed_count, signed_head FROM evidence_stream", binary=True
    )
    reached = dict(walk.heads.items())
    for pk, entity, kind, count, head, signed_count, signed_head in rows:
        name = stream_name(str(entity), kind)
        signed = walk.signed.get(name, Head(0, b""))
        wrong = "head" if reached.pop(name, None) != Head(count, bytes(head)) else ""
        wrong = wrong or ("signed_head" if signed != Head(signed_count, bytes(signed_head)) else "")
        if wrong:
            report.add(Finding("stream_edited", STREAM, str(pk), f"{name} 的总数或链头与日志算出的不符", wrong))
    for name in reached:
        report.add(Finding("stream_edited", STREAM, None, f"{name} 的总数不在了", "head"))


class KeptAbove:
    """The stored hashes above the leaves, read along."""

    def __init__(self, connection: psycopg.Connection[Any], since: int) -> None:
        self._kept = {
            (level, index): (bytes(one), bytes(other))
            for level, index, one, other in connection.execute(
                "SELECT level, index, hash, sm3 FROM evidence_node WHERE (index + 1) * (256::bigint ^ level) > %s",
                [since],
                binary=True,
            )
        }

    def check(self, report: Report, made: Sequence[Node], made_sm3: Sequence[Node]) -> None:
        for node, other in zip(made, made_sm3, strict=True):
            kept = self._kept.pop((node.level, node.index), None)
            if kept != (node.hash, other.hash):
                words = "不在了" if kept is None else "与下面的不符"
                report.add(
                    Finding(
                        "node_edited",
                        NODE,
                        f"{node.level}/{node.index}",
                        f"第{node.level}层第{node.index}个摘要{words}",
                        "hash",
                    )
                )

    def check_end(self, report: Report, walk: Walk) -> None:
        for level, index in self._kept if walk.is_whole else ():
            report.add(
                Finding("node_edited", NODE, f"{level}/{index}", f"第{level}层第{index}个摘要是多出来的", "hash")
            )

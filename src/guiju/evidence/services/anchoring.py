"""Checkpoints are taken to those who keep them, again and again until they are there (外部见证)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from guiju.database.embedded import private
from guiju.database.models import new_id
from guiju.evidence.anchors.config import Target, Timestamp, key_of, read_targets
from guiju.evidence.anchors.evm import Node
from guiju.evidence.anchors.rfc3161 import stamp
from guiju.evidence.models import Checkpoint, Receipt
from guiju.evidence.selectors.log import newest_signed
from guiju.kernel.errors import GuijuError
from guiju.kernel.evidence.note import parse_checkpoint
from guiju.net.bounded import Deadline, Trouble

SECONDS = 45.0
"""For one try with one target, whatever it answers."""

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)

_SENTENCES = {
    "unreachable": "连不上",
    "slow": "没有及时回答",
    "answer": "回答读不懂",
    "token": "给的回执核对不上",
    "state": "说的与事实不符",
    "refused": "拒绝了这个检查点",
    "settings": "设置不对",
}


@dataclass(frozen=True)
class _Kept:
    """What a target gave for a checkpoint."""

    answer: bytes | None
    detail: dict[str, Any]


def anchor_checkpoints(folder: Path, *, at: datetime, at_once: bool = False) -> list[Receipt]:
    """Take the newest checkpoint to every target for which it is time; `at_once` doesn't ask for the time.

    A target that fails is tried again later, and stops neither the others nor anything else. Raises
    `Refused` for settings that can't be read.
    """
    tried = []
    for target in read_targets(folder).all():
        waiting = _begin(target, at, at_once)
        if waiting is not None:
            tried.append(_try(waiting, target, folder, at))
    return tried


def _begin(target: Target, at: datetime, at_once: bool) -> Receipt | None:
    """The receipt to get now, for the newest checkpoint; None when nothing is due."""
    with transaction.atomic():
        newest = Checkpoint.objects.order_by("-size").first()
        known = Receipt.objects.filter(target=key_of(target))
        last = known.exclude(done_at=None).order_by("-size").first()
        if newest is None or (last is not None and last.size >= newest.size):
            return None
        waiting = known.select_for_update().filter(done_at=None).first()
        if waiting is None:
            due = last is None or last.done_at is None or at - last.done_at >= timedelta(minutes=target.every_minutes)
            if not (due or at_once):
                return None
            waiting = Receipt(id=new_id(), sort=target.sort, target=key_of(target), made_at=at, next_at=at, detail={})
        elif waiting.next_at > at and not at_once:
            return None
        waiting.label, waiting.size, waiting.checkpoint = target.label[:100], newest.size, newest.note
        waiting.save()
        return waiting


def _try(waiting: Receipt, target: Target, folder: Path, at: datetime) -> Receipt:
    """Ask outside of any transaction; whatever comes of it is written down."""
    take: Callable[[], _Kept] = (
        (lambda: _stamped(waiting, target, folder, at))
        if isinstance(target, Timestamp)
        else (lambda: _on_chain(waiting, target, folder))
    )
    try:
        kept = take()
    except Trouble as trouble:
        _again(waiting, f"{target.label}{_SENTENCES.get(trouble.kind, '没有成功')}（{trouble.detail}）", at)
    except GuijuError as refused:
        _again(waiting, refused.sentence, at)
    else:
        waiting.answer, waiting.detail, waiting.trouble, waiting.done_at = kept.answer, kept.detail, "", at
    waiting.save()
    return waiting


def _again(waiting: Receipt, sentence: str, at: datetime) -> None:
    waiting.trouble = sentence[:300]
    waiting.next_at = at + min(_FIRST_PAUSE * 2 ** min(waiting.tries, 20), _LONGEST_PAUSE)
    waiting.tries += 1


def _body(waiting: Receipt) -> bytes:
    return parse_checkpoint(waiting.checkpoint).body.encode()


def _stamped(waiting: Receipt, target: Timestamp, folder: Path, at: datetime) -> _Kept:
    found = stamp(_body(waiting), url=target.url, root=folder / target.root, deadline=Deadline(SECONDS), at=at)
    return _Kept(found.receipt, {"certified_at": found.at.isoformat()})


def _on_chain(waiting: Receipt, target: Any, folder: Path) -> _Kept:
    said = parse_checkpoint(waiting.checkpoint)
    node = Node(target.url, target.chain_id, chain_account(folder), Deadline(SECONDS))
    contract = target.contract or _contract_so_far(waiting)
    found = node.anchor(said.origin, size=said.size, root=said.root, contract=contract)
    return _Kept(None, {**found.as_json(), "chain_id": target.chain_id})


def _contract_so_far(waiting: Receipt) -> str:
    last = Receipt.objects.filter(target=waiting.target).exclude(done_at=None).order_by("-size").first()
    return str(last.detail.get("contract", "")) if last else ""


def chain_account(folder: Path) -> str:
    """The private key of the account that signs for us on chains; made when it is first asked for."""
    path = folder / "keys" / "chain.key"
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with open(path, "x", encoding="utf-8", opener=private) as file:
            file.write(f"0x{secrets.token_hex(32)}\n")
    return path.read_text("utf-8").strip()


def hand_out_witness(*, label: str, by: UUID | None, at: datetime) -> Receipt:
    """Write down that somebody outside was given the newest checkpoint; raises `Missing` for none."""
    newest = newest_signed()
    made = Receipt(
        id=new_id(),
        sort=Receipt.Sort.WITNESS,
        target=new_id().hex,
        label=label,
        size=newest.size,
        checkpoint=newest.note,
        made_at=at,
        next_at=at,
        done_at=at,
        made_by_id=by,
    )
    made.save(force_insert=True)
    return made

"""Values are destroyed in every version that the log keeps; its proofs stay valid (删除, 个人信息保护法 第四十七条)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Model

from guiju.database.bulk import insert_rows
from guiju.database.models import new_id
from guiju.database.scope import require_scope
from guiju.evidence.models import REASON, Erased, Erasure, Revision
from guiju.evidence.registry import COMMITTED
from guiju.evidence.sealing import ERASED, digest_of_lines, open_version, seal_version
from guiju.evidence.services.record import Act, record
from guiju.kernel.evidence import DIGEST_BYTES, SALT_BYTES
from guiju.keys.ring import keyring

_RECORDS_AT_A_TIME = 1000

Wanted = Mapping[tuple[type[Model], UUID], Collection[str]]
"""Record to the codes of its values that go; a column that holds an object stands for all that is in it."""


def erase_values(wanted: Wanted, *, entity_id: UUID, ground_id: UUID, act: Act) -> Erasure:
    """Destroy value and salt in all versions but the newest, and record which; for the door of disposals only.

    The newest version is that of the change which took the values out of the record, and holds none of
    them. Reasons that people wrote may name what goes, so they go with it. The database refuses an erasure
    without the disposal `ground_id`.
    """
    require_scope()
    made = Erasure(id=new_id(), entity_id=entity_id, ground_id=ground_id, at=act.at, count=0)
    found = list(_found(wanted, entity_id))
    lines = [
        Erased(id=new_id(), entity_id=entity_id, erasure_id=made.pk, revision_id=one.pk, codes=gone)
        for one, gone, _ in found
    ]
    made.count = sum(len(line.codes) for line in lines)
    made.digest = digest_of_lines((line.revision_id, line.codes) for line in lines)
    made.save(force_insert=True)
    insert_rows(lines)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT evidence_erase(%s::uuid[], %s::bytea[])",
            [[one.pk for one, _, _ in found], [new for *_, new in found]],
        )
    record(act, entity_id=entity_id, subject=made)
    return made


def _found(wanted: Wanted, entity_id: UUID) -> Iterator[tuple[Revision, list[str], bytes]]:
    """Versions with what goes out of them, and their new content."""
    by_kind: dict[str, dict[UUID, Collection[str]]] = {}
    for (model, key), codes in wanted.items():
        by_kind.setdefault(COMMITTED[model].subject_type, {})[key] = codes
    for kind, records in by_kind.items():
        keys = iter(records)
        while some := list(islice(keys, _RECORDS_AT_A_TIME)):
            rows = Revision.objects.filter(entity_id=entity_id, subject_type=kind, subject_id__in=some)
            for revision in _older(rows.order_by("subject_id", "number").iterator()):
                gone, content = _without(revision, records[revision.subject_id])
                if gone:
                    yield revision, gone, content


def _older(revisions: Iterable[Revision]) -> Iterator[Revision]:
    """All but the last of each record."""
    before: Revision | None = None
    for revision in revisions:
        if before is not None and before.subject_id == revision.subject_id:
            yield before
        before = revision


def _without(revision: Revision, codes: Collection[str]) -> tuple[list[str], bytes]:
    fields = len(revision.digests) // DIGEST_BYTES
    where = revision.entity_id, revision.id
    content = open_version(keyring(), *where, bytes(revision.sealed), fields=fields)
    gone = [code for code in content.values if _goes(code, codes) and content.salt_of(code) != ERASED]
    if gone and REASON in content.values and content.salt_of(REASON) != ERASED:
        gone.append(REASON)
    left: dict[str, Any] = {code: None if code in gone else value for code, value in content.values.items()}
    salts = b"".join(ERASED if code in gone else content.salt_of(code) for code in left)
    assert len(salts) == fields * SALT_BYTES
    return gone, seal_version(keyring(), *where, salts=salts, values=left)


def _goes(code: str, codes: Collection[str]) -> bool:
    return code in codes or code.partition(".")[0] in codes

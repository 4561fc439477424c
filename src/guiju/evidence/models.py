"""The log's tables: entries, what waits for its place in the log, and the versions they commit to."""

from __future__ import annotations

from django.db import models

from guiju.database.models import Row

REASON = "@reason"
"""The code under which a version keeps why it was made (原因), after the fields of its schema."""


class Entry(Row):
    """One change (存证条目). `leaf` is what the log commits to; the columns repeat it for queries.

    Holds no personal data: ids, an action, a moment and a digest. Insert only: a trigger refuses
    UPDATE, DELETE and TRUNCATE, and no role but the owner could try.
    """

    entity_id = models.UUIDField("所属公司")
    action = models.CharField("操作", max_length=100)
    subject_type = models.CharField("对象类型", max_length=100)
    subject_id = models.UUIDField("对象")
    actor_id = models.UUIDField("操作人", null=True)
    at = models.DateTimeField("时间")
    leaf = models.TextField("上链内容")

    class Meta:
        indexes = [
            models.Index(fields=["entity_id", "subject_type", "subject_id"], name="evidence_entry_subject"),
            models.Index(fields=["entity_id", "at"], name="evidence_entry_at"),
        ]


class Pending(models.Model):
    """An entry that has no place in the log yet; the sequencer takes it from here."""

    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, primary_key=True, db_index=False)


class Revision(Row):
    """One version of one record (修改历史): values, salts and digests of its fields.

    `digests` lists [code, hex] in the order of the schema, and last the reason where one was given.
    Erasure empties `values` and `salts`
    of a field and leaves its digest, so that the proofs of the record stay valid.
    """

    entity_id = models.UUIDField("所属公司")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="revisions", db_index=False)
    subject_type = models.CharField("对象类型", max_length=100)
    subject_id = models.UUIDField("对象")
    number = models.PositiveIntegerField("版本")
    schema = models.CharField("字段表版本", max_length=100)
    digests = models.JSONField("字段摘要")
    values = models.JSONField("字段值")
    salts = models.JSONField("盐")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity_id", "subject_type", "subject_id", "number"], name="evidence_revision_number"
            ),
        ]
        indexes = [models.Index(fields=["entity_id", "entry"], name="evidence_revision_entry")]

"""The log's tables: entries, the versions they commit to, their places in the tree, checkpoints."""

from __future__ import annotations

from django.db import models

from guiju.database.models import Row
from guiju.keys.fields import SealedField

REASON = "@reason"
"""The code under which a version keeps why it was made (原因), after the fields of its schema."""

GONE = "gone"
"""In place of a schema's number: the record was taken away, and this is its last version."""


class Entry(Row):
    """One act (存证条目): on one record, or on up to a thousand of one company at once.

    `leaf` is what the log commits to; the columns repeat it for queries. Holds no personal data: ids,
    an action, a moment and a digest. Insert only: a trigger refuses UPDATE, DELETE and TRUNCATE, and
    no role but the owner could try.
    """

    entity_id = models.UUIDField("所属公司")
    action = models.CharField("操作", max_length=100)
    subject_type = models.CharField("对象类型", max_length=100)
    subject_id = models.UUIDField("对象")
    actor_id = models.UUIDField("操作人", null=True)
    at = models.DateTimeField("时间")
    count = models.PositiveSmallIntegerField("记录数")
    leaf = models.TextField("上链内容")

    class Meta:
        indexes = [
            models.Index(fields=["entity_id", "subject_type", "subject_id"], name="evidence_entry_subject"),
            models.Index(fields=["entity_id", "at"], name="evidence_entry_at"),
        ]


class Pending(models.Model):
    """An entry that has no place in the log yet; the sequencer takes it from here, in the order of `serial`.

    Whoever changes a record after somebody else waits for their commit first, and so has the larger
    serial, whatever the clocks of the two machines say.
    """

    serial = models.BigAutoField(primary_key=True)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT)


class Revision(Row):
    """One version of one record (修改历史), the `position`-th of its entry.

    `digests` are those of its fields, in the order of the schema and last the reason where one was
    given, 32 bytes each. `sealed` opens to the salts and to a JSON object of the values in the same
    order. Erasure destroys value and salt of a field within `sealed` and leaves its digest, so that
    the proofs of the record stay valid.
    """

    entity_id = models.UUIDField("所属公司")
    # Its twin with the company checks the same, once instead of twice for each version.
    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, related_name="revisions", db_index=False, db_constraint=False
    )
    position = models.PositiveSmallIntegerField("条目内序号")
    subject_type = models.CharField("对象类型", max_length=100)
    subject_id = models.UUIDField("对象")
    number = models.PositiveIntegerField("版本")
    schema = models.CharField("字段表版本", max_length=100)
    digests = models.BinaryField("字段摘要")
    sealed = SealedField("字段值与盐（密文）", through="evidence_reseal")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity_id", "subject_type", "subject_id", "number"], name="evidence_revision_number"
            ),
        ]
        indexes = [models.Index(fields=["entity_id", "entry"], name="evidence_revision_entry")]


class Erasure(Row):
    """Values that were destroyed in the versions that the log keeps (依法删除), by one act.

    `ground_id` is the disposal that two people decided; a row of the part above, without which the database
    takes no erasure. `digest` is SHA-256 over which fields of which versions are gone (`Erased`), so that
    nobody destroys more under its name.
    """

    entity_id = models.UUIDField("所属公司")
    ground_id = models.UUIDField("销毁登记")
    at = models.DateTimeField("时间")
    count = models.PositiveIntegerField("份数")
    digest = models.CharField("清单摘要（SHA-256）", max_length=64)


class Erased(Row):
    """The fields of one version whose value and salt are gone (删除的字段)."""

    entity_id = models.UUIDField("所属公司")
    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, related_name="lines", db_index=False)
    revision_id = models.UUIDField("版本")
    codes = models.JSONField("字段", default=list)

    class Meta:
        indexes = [
            models.Index(fields=["revision_id"], name="evidence_erased_version"),
            models.Index(fields=["entity_id", "erasure"], name="evidence_erased_of"),
        ]


class Leaf(models.Model):
    """A leaf of the log (日志的一行): an entry at its places, or where all streams stood.

    `content` is the array of places ("[1,5]") for an entry, and the whole leaf otherwise.
    """

    index = models.BigIntegerField("序号", primary_key=True)
    entry_id = models.UUIDField("条目", null=True)
    content = models.TextField("位置或全文")
    hash = models.BinaryField("SHA-256")
    sm3 = models.BinaryField("SM3")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entry_id"], condition=models.Q(entry_id__isnull=False), name="evidence_leaf_entry"
            )
        ]


class Node(models.Model):
    """A hash of the tree above its leaves: over 256 of the level below."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField("层")
    index = models.BigIntegerField("序号")
    hash = models.BinaryField("SHA-256")
    sm3 = models.BinaryField("SM3")


class Verification(Row):
    """One run of the verification (验证记录): what it covered, what it found, what it could not check."""

    entity_id = models.UUIDField("集团公司")
    asked_by_id = models.UUIDField("发起人", null=True)
    began_at = models.DateTimeField("开始")
    ended_at = models.DateTimeField("结束")
    size = models.BigIntegerField("条数")
    root = models.CharField("根", max_length=64)
    records = models.BigIntegerField("核对的记录数")
    is_clean = models.BooleanField("没有发现")
    findings = models.JSONField("发现")
    unchecked = models.JSONField("未能核对")

    class Meta:
        indexes = [models.Index(fields=["entity_id", "-began_at"], name="evidence_verification_at")]


class Stream(Row):
    """Where a stream stands (一家公司的一类记录): how many records it has numbered, its chain's last link.

    Twice: now, and as the newest checkpoint says it.
    """

    entity_id = models.UUIDField("所属公司")
    subject_type = models.CharField("对象类型", max_length=100)
    count = models.BigIntegerField("记录数")
    head = models.BinaryField("链头")
    signed_count = models.BigIntegerField("检查点里的记录数", default=0)
    signed_head = models.BinaryField("检查点里的链头", default=b"")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity_id", "subject_type"], name="evidence_stream_key"),
        ]


class Checkpoint(models.Model):
    """A signed checkpoint (检查点): from here on the log can't be another one for whoever holds it."""

    size = models.BigIntegerField("条数", primary_key=True)
    root = models.BinaryField("根")
    at = models.DateTimeField("时间")
    note = models.TextField("签名的检查点")


class LogKey(models.Model):
    """Under which name and key the log signs since which size (签名公钥)."""

    since = models.BigIntegerField("自第几条", primary_key=True)
    key = models.TextField("公钥")
    at = models.DateTimeField("时间")


class Receipt(Row):
    """A checkpoint that others keep (外部见证的回执), or that waits to be taken there.

    One waits for a target at a time; whatever delays it, the newest checkpoint goes in its place.
    """

    class Sort(models.TextChoices):
        RFC3161 = "rfc3161", "可信时间戳"
        EVM = "evm", "区块链"
        WITNESS = "witness", "见证单"

    sort = models.CharField("种类", max_length=20, choices=Sort.choices)
    target = models.CharField("对方", max_length=32)
    label = models.CharField("名称", max_length=100)
    size = models.BigIntegerField("条数")
    checkpoint = models.TextField("签名的检查点")
    made_at = models.DateTimeField("开始")
    tries = models.PositiveIntegerField("试过", default=0)
    next_at = models.DateTimeField("下次")
    trouble = models.CharField("原因", max_length=300, default="", blank=True)
    answer = models.BinaryField("回执", null=True)
    detail = models.JSONField("详情", default=dict)
    done_at = models.DateTimeField("完成", null=True)
    made_by_id = models.UUIDField("经手人", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["target"],
                condition=models.Q(done_at=None) & ~models.Q(sort="witness"),
                name="evidence_receipt_one_waits",
            )
        ]
        indexes = [models.Index(fields=["target", "-size"], name="evidence_receipt_target")]

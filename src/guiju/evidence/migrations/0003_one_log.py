"""The log gets its tree: places, checkpoints, streams; versions are kept sealed; entries span records.

Data folders of the format before this one are refused (guiju.project.folder): no row is lost here.
"""

import django.db.models.deletion
from django.db import migrations, models

import guiju.database.models
from guiju.database.policies import SharedTable, TenantTable

REFUSE = """
CREATE OR REPLACE FUNCTION evidence_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '存证日志只增不改：% 不允许 %', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE ON evidence_revision
    FOR EACH ROW EXECUTE FUNCTION evidence_refuse_rewrite();
""" + "".join(
    f"""
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION evidence_refuse_rewrite();
CREATE TRIGGER insert_only_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_refuse_rewrite();
"""
    for table in ("evidence_verification", "evidence_leaf", "evidence_node", "evidence_checkpoint", "evidence_logkey")
)

SEQUENCER = {"sequencer": "SELECT, INSERT", "verifier": "SELECT"}


class Migration(migrations.Migration):
    dependencies = [("evidence", "0002_insert_only")]

    operations = [
        migrations.DeleteModel("Pending"),
        migrations.CreateModel(
            name="Pending",
            fields=[
                ("serial", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "entry",
                    models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="evidence.entry"),
                ),
            ],
        ),
        SharedTable(
            "evidence_pending",
            rights="INSERT",
            system={"sequencer": "SELECT, DELETE", "verifier": "SELECT"},
            why="ids of entries only; the sequencer works for all entities at once",
        ),
        migrations.AddField(
            "entry", "count", models.PositiveSmallIntegerField(verbose_name="记录数", default=1), preserve_default=False
        ),
        migrations.RemoveField("revision", "digests"),
        migrations.RemoveField("revision", "values"),
        migrations.RemoveField("revision", "salts"),
        migrations.AddField(
            "revision",
            "position",
            models.PositiveSmallIntegerField(verbose_name="条目内序号", default=0),
            preserve_default=False,
        ),
        migrations.AddField(
            "revision", "digests", models.BinaryField(verbose_name="字段摘要", default=b""), preserve_default=False
        ),
        migrations.AddField(
            "revision",
            "sealed",
            models.BinaryField(verbose_name="字段值与盐（密文）", default=b""),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("index", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="序号")),
                ("entry_id", models.UUIDField(null=True, verbose_name="条目")),
                ("content", models.TextField(verbose_name="位置或全文")),
                ("hash", models.BinaryField(verbose_name="SHA-256")),
                ("sm3", models.BinaryField(verbose_name="SM3")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("entry_id__isnull", False)),
                        fields=("entry_id",),
                        name="evidence_leaf_entry",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Node",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "level", "index", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("level", models.SmallIntegerField(verbose_name="层")),
                ("index", models.BigIntegerField(verbose_name="序号")),
                ("hash", models.BinaryField(verbose_name="SHA-256")),
                ("sm3", models.BinaryField(verbose_name="SM3")),
            ],
        ),
        migrations.CreateModel(
            name="Stream",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("entity_id", models.UUIDField(verbose_name="所属公司")),
                ("subject_type", models.CharField(max_length=100, verbose_name="对象类型")),
                ("count", models.BigIntegerField(verbose_name="记录数")),
                ("head", models.BinaryField(verbose_name="链头")),
                ("signed_count", models.BigIntegerField(default=0, verbose_name="检查点里的记录数")),
                ("signed_head", models.BinaryField(default=b"", verbose_name="检查点里的链头")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("entity_id", "subject_type"), name="evidence_stream_key")
                ],
            },
        ),
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="条数")),
                ("root", models.BinaryField(verbose_name="根")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("note", models.TextField(verbose_name="签名的检查点")),
            ],
        ),
        migrations.CreateModel(
            name="LogKey",
            fields=[
                ("since", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="自第几条")),
                ("key", models.TextField(verbose_name="公钥")),
                ("at", models.DateTimeField(verbose_name="时间")),
            ],
        ),
        migrations.CreateModel(
            name="Verification",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("entity_id", models.UUIDField(verbose_name="集团公司")),
                ("asked_by_id", models.UUIDField(null=True, verbose_name="发起人")),
                ("began_at", models.DateTimeField(verbose_name="开始")),
                ("ended_at", models.DateTimeField(verbose_name="结束")),
                ("size", models.BigIntegerField(verbose_name="条数")),
                ("root", models.CharField(max_length=64, verbose_name="根")),
                ("records", models.BigIntegerField(verbose_name="核对的记录数")),
                ("is_clean", models.BooleanField(verbose_name="没有发现")),
                ("findings", models.JSONField(verbose_name="发现")),
                ("unchecked", models.JSONField(verbose_name="未能核对")),
            ],
            options={
                "indexes": [models.Index(fields=["entity_id", "-began_at"], name="evidence_verification_at")],
            },
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "sort",
                    models.CharField(
                        choices=[("rfc3161", "可信时间戳"), ("evm", "区块链"), ("witness", "见证单")],
                        max_length=20,
                        verbose_name="种类",
                    ),
                ),
                ("target", models.CharField(max_length=32, verbose_name="对方")),
                ("label", models.CharField(max_length=100, verbose_name="名称")),
                ("size", models.BigIntegerField(verbose_name="条数")),
                ("checkpoint", models.TextField(verbose_name="签名的检查点")),
                ("made_at", models.DateTimeField(verbose_name="开始")),
                ("tries", models.PositiveIntegerField(default=0, verbose_name="试过")),
                ("next_at", models.DateTimeField(verbose_name="下次")),
                ("trouble", models.CharField(blank=True, default="", max_length=300, verbose_name="原因")),
                ("answer", models.BinaryField(null=True, verbose_name="回执")),
                ("detail", models.JSONField(default=dict, verbose_name="详情")),
                ("done_at", models.DateTimeField(null=True, verbose_name="完成")),
                ("made_by_id", models.UUIDField(null=True, verbose_name="经手人")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("done_at", None), models.Q(("sort", "witness"), _negated=True)),
                        fields=("target",),
                        name="evidence_receipt_one_waits",
                    )
                ],
                "indexes": [models.Index(fields=["target", "-size"], name="evidence_receipt_target")],
            },
        ),
        SharedTable(
            "evidence_receipt",
            rights="SELECT, INSERT, UPDATE",
            system={"verifier": "SELECT"},
            why="what others signed over checkpoints of the whole log; says nothing of any company",
        ),
        TenantTable("evidence_verification", rights="SELECT, INSERT", system={"verifier": "SELECT"}),
        SharedTable(
            "evidence_leaf",
            rights="SELECT",
            system=SEQUENCER,
            why="hashes and places by the entry's random id; the content stands in evidence_entry, by company",
        ),
        SharedTable("evidence_node", rights="SELECT", system=SEQUENCER, why="hashes that everybody may read"),
        SharedTable(
            "evidence_checkpoint", rights="SELECT", system=SEQUENCER, why="signed notes that everybody may read"
        ),
        SharedTable("evidence_logkey", rights="SELECT", system=SEQUENCER, why="public keys"),
        TenantTable(
            "evidence_stream",
            rights="SELECT",
            system={"sequencer": "SELECT, INSERT, UPDATE", "verifier": "SELECT"},
        ),
        migrations.RunSQL(REFUSE, migrations.RunSQL.noop),
    ]

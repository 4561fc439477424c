"""The list of those who refuse says how it was said; messages of people; who hears of what ended; corrected notices; what other companies saw."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import guiju.database.models
from guiju.database.policies import TenantTable, role

PROTECT = django.db.models.deletion.PROTECT
SORTS = [("phone", "手机"), ("email", "电子邮箱")]
ABOUT = [
    ("refuse", "不再接收商业短信、电话和邮件"),
    ("withdraw", "撤回同意"),
    ("rights", "查阅、复制、更正或者删除我的信息"),
    ("other", "其他"),
]
ENDINGS = [
    ("withdrawn", "撤回同意"),
    ("narrowed", "部分撤回同意"),
    ("refused", "拒收商业信息"),
    ("frozen", "仅存储"),
    ("erased", "删除"),
]


def id_field():
    return models.UUIDField(default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False)


def company():
    return models.ForeignKey(db_index=False, on_delete=PROTECT, to="organisations.entity", verbose_name="所属公司")


class Migration(migrations.Migration):
    dependencies = [
        ("privacy", "0016_minors_found"),
        ("organisations", "0010_lookups"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.AddField(
            "refusal",
            "sort",
            models.TextField(choices=SORTS, db_default="phone", default="phone", verbose_name="手机或邮箱"),
        ),
        migrations.AddField(
            "refusal", "held_key", models.BinaryField(max_length=16, null=True, verbose_name="本公司的地址索引")
        ),
        migrations.AddField(
            "refusal", "means", models.TextField(blank=True, db_default="", default="", verbose_name="怎样说的")
        ),
        migrations.AddField(
            "refusal",
            "sealed",
            models.BinaryField(db_default=models.Value(b""), default=b"", verbose_name="凭据（密文）"),
        ),
        migrations.AddField("refusal", "entered_at", models.DateTimeField(null=True, verbose_name="登记时间")),
        # What lies sealed is sealed anew when the key changes; nothing else of a row ever changes.
        migrations.RunSQL(
            f"GRANT UPDATE (sealed) ON privacy_refusal TO {role('app')}",
            f"REVOKE UPDATE (sealed) ON privacy_refusal FROM {role('app')}",
        ),
        migrations.AddField(
            "privacynotice",
            "corrected_by",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=PROTECT,
                related_name="+",
                to="privacy.privacynotice",
                verbose_name="由哪一版更正",
            ),
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", id_field()),
                ("about", models.TextField(choices=ABOUT, verbose_name="想办什么")),
                (
                    "sealed",
                    models.BinaryField(db_default=models.Value(b""), default=b"", verbose_name="留言（密文）"),
                ),
                ("origin", models.BinaryField(max_length=32, verbose_name="来处的摘要")),
                ("made_at", models.DateTimeField(verbose_name="时间")),
                ("done_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                ("outcome", models.TextField(blank=True, db_default="", default="", verbose_name="怎样办的")),
                (
                    "done_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="办结人",
                    ),
                ),
                ("entity", company()),
            ],
            options={"indexes": [models.Index(fields=["entity", "-made_at"], name="message_newest")]},
        ),
        TenantTable("privacy_message", system={"verifier": "SELECT"}),
        migrations.CreateModel(
            name="Ending",
            fields=[
                ("id", id_field()),
                ("sort", models.TextField(choices=ENDINGS, verbose_name="情形")),
                ("people", models.JSONField(default=list, verbose_name="个人")),
                ("purpose", models.TextField(blank=True, default="", verbose_name="目的")),
                ("fields", models.JSONField(default=list, verbose_name="字段")),
                ("recipient_id", models.UUIDField(null=True, verbose_name="接收方")),
                ("cause_id", models.UUIDField(verbose_name="依据的记录")),
                ("at", models.DateTimeField(verbose_name="自")),
                ("made_at", models.DateTimeField(verbose_name="登记时间")),
                ("heard", models.JSONField(default=list, verbose_name="已经办理的")),
                ("tries", models.BigIntegerField(default=0, verbose_name="试过几次")),
                ("due_at", models.DateTimeField(null=True, verbose_name="下一次")),
                ("entity", company()),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="ending_due")
                ]
            },
        ),
        TenantTable("privacy_ending", system={"verifier": "SELECT"}),
        migrations.CreateModel(
            name="Provision",
            fields=[
                ("id", id_field()),
                ("is_provided", models.BooleanField(verbose_name="提供，不是委托、共同处理")),
                ("purpose", models.TextField(verbose_name="目的")),
                ("records", models.JSONField(default=list, verbose_name="各条记录")),
                ("fields", models.JSONField(default=list, verbose_name="字段")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="谁",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False, on_delete=PROTECT, to="organisations.entity", verbose_name="提供方"
                    ),
                ),
                (
                    "receiver",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=PROTECT,
                        related_name="+",
                        to="organisations.entity",
                        verbose_name="接收方",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["entity", "-at", "-id"], name="provision_newest")]},
        ),
        TenantTable("privacy_provision", rights="SELECT, INSERT", system={"verifier": "SELECT"}),
    ]

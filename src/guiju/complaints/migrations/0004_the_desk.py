"""What agents work with: who is at a case, remedies and limits, letters, and what belongs together."""

import django.db.models.deletion
from django.db import migrations, models

import guiju.database.models
from guiju.database.policies import TenantForeignKey, TenantTable


def _id() -> models.UUIDField:
    return models.UUIDField(default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False)


def _to(table: str, label: str, *, null: bool = False, back: str | None = "+") -> models.ForeignKey:
    return models.ForeignKey(
        table,
        db_index=False,
        null=null,
        on_delete=django.db.models.deletion.PROTECT,
        related_name=back,
        verbose_name=label,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("complaints", "0003_files_and_sifting"),
        ("orders", "0007_sorted_lists"),
        ("organisations", "0013_looks_found"),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="complaint",
            name="result",
            field=models.TextField(
                blank=True,
                choices=[
                    ("refunded", "已退款"),
                    ("exchanged", "已换货"),
                    ("repaired", "已修理"),
                    ("compensated", "已赔偿"),
                    ("explained", "已说明，消费者接受"),
                    ("unproven", "经核查不属实"),
                    ("withdrawn", "消费者撤回"),
                    ("unreachable", "多次联系不上消费者"),
                    ("disputed", "协商不成，已告知其他途径"),
                    ("other", "其他"),
                ],
                db_default="",
                default="",
                verbose_name="办理结果",
            ),
        ),
        migrations.AlterField(
            model_name="step",
            name="kind",
            field=models.TextField(
                choices=[
                    ("received", "收到投诉"),
                    ("confirmed", "已确认收到"),
                    ("verified", "手机已核验"),
                    ("accepted", "受理"),
                    ("refused", "不予受理"),
                    ("assigned", "分派经办人"),
                    ("said", "消费者留言"),
                    ("told", "给消费者的话"),
                    ("noted", "内部备注"),
                    ("progress", "进度告知"),
                    ("answered", "答复"),
                    ("agreed", "消费者同意"),
                    ("disagreed", "消费者不同意"),
                    ("closed", "办结"),
                    ("reopened", "重新办理"),
                    ("linked", "关联"),
                    ("rated", "评价"),
                    ("repeated", "重复提交"),
                    ("filed", "提交文件"),
                    ("sifted", "筛选：不是投诉"),
                    ("kept", "筛选：是投诉"),
                    ("escalated", "期限告急，已告知督办人"),
                    ("offered", "提出处理结果"),
                    ("granted", "审批同意"),
                    ("denied", "审批未同意"),
                    ("dropped", "撤回处理结果"),
                    ("returned", "收到退货"),
                    ("done", "兑现处理结果"),
                    ("drafted", "起草复函"),
                    ("sent", "复函已发出"),
                ],
                verbose_name="事项",
            ),
        ),
        migrations.CreateModel(
            name="Group",
            fields=[
                ("id", _id()),
                ("title", models.TextField(verbose_name="名称")),
                ("made_at", models.DateTimeField(verbose_name="建立时间")),
                ("entity", _to("organisations.entity", "所属公司", back=None)),
                ("made_by", _to("organisations.member", "建立人")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                ("id", _id()),
                ("authority", models.TextField(verbose_name="来函单位")),
                ("their_no", models.TextField(blank=True, verbose_name="来函文号")),
                ("dated_on", models.DateField(verbose_name="来函日期")),
                ("answer_by", models.DateField(null=True, verbose_name="要求答复的日期")),
                ("our_no", models.TextField(blank=True, default="", verbose_name="复函文号")),
                ("sealed", models.BinaryField(default=b"", verbose_name="复函（密文）")),
                ("attachments", models.JSONField(default=list, verbose_name="附件")),
                ("drafted_at", models.DateTimeField(null=True, verbose_name="起草时间")),
                ("sent_on", models.DateField(null=True, verbose_name="发出日期")),
                (
                    "sent_how",
                    models.TextField(
                        blank=True,
                        choices=[
                            ("post", "邮寄"),
                            ("hand", "当面送交"),
                            ("platform", "通过监管平台"),
                            ("mail", "电子邮件"),
                        ],
                        default="",
                        verbose_name="发出方式",
                    ),
                ),
                ("about", _to("complaints.complaint", "所涉的消费者投诉", null=True)),
                ("complaint", _to("complaints.complaint", "案件", back="letters")),
                ("entity", _to("organisations.entity", "所属公司", back=None)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("about__isnull", False)), fields=["entity", "about"], name="letter_about"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("entity", "complaint"), name="letter_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("sent_how", ""), ("sent_on", None)),
                            models.Q(("drafted_at__isnull", False), ("sent_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="letter_sent",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Limit",
            fields=[
                ("id", _id()),
                ("kind", models.TextField(choices=[("refund", "退款"), ("compensation", "赔偿")], verbose_name="方式")),
                (
                    "amount",
                    models.DecimalField(decimal_places=2, max_digits=14, verbose_name="经办人可以决定的金额（元）"),
                ),
                ("changed_at", models.DateTimeField(verbose_name="修改时间")),
                ("entity", _to("organisations.entity", "所属公司", back=None)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("entity", "kind"), name="limit_once"),
                    models.CheckConstraint(condition=models.Q(("amount__gte", 0)), name="limit_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Presence",
            fields=[
                ("id", _id()),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("complaint", _to("complaints.complaint", "投诉")),
                ("entity", _to("organisations.entity", "所属公司", back=None)),
                ("member", _to("organisations.member", "谁")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("entity", "complaint", "member"), name="presence_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Remedy",
            fields=[
                ("id", _id()),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            ("refund", "退款"),
                            ("exchange", "换货"),
                            ("repair", "修理"),
                            ("compensation", "赔偿"),
                            ("other", "其他"),
                        ],
                        verbose_name="方式",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, null=True, verbose_name="金额（元）")),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("waiting", "待审批"),
                            ("offered", "已提出，待消费者表态"),
                            ("agreed", "消费者已同意，待兑现"),
                            ("done", "已兑现"),
                            ("denied", "审批未同意"),
                            ("declined", "消费者不同意"),
                            ("dropped", "已撤回"),
                        ],
                        verbose_name="状态",
                    ),
                ),
                ("sealed", models.BinaryField(default=b"", verbose_name="约定、同意和凭证（密文）")),
                ("made_at", models.DateTimeField(verbose_name="提出时间")),
                ("agreed_at", models.DateTimeField(null=True, verbose_name="同意时间")),
                ("returned_on", models.DateField(null=True, verbose_name="收到退回商品的日期")),
                ("done_on", models.DateField(null=True, verbose_name="兑现日期")),
                ("complaint", _to("complaints.complaint", "投诉", back="remedies")),
                ("entity", _to("organisations.entity", "所属公司", back=None)),
                ("made_by", _to("organisations.member", "经办人")),
            ],
            options={
                "indexes": [models.Index(fields=["entity", "complaint", "made_at"], name="remedy_of_complaint")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount__gt", 0), ("kind__in", ("refund", "compensation"))),
                            models.Q(
                                models.Q(("kind__in", ("refund", "compensation")), _negated=True), ("amount", None)
                            ),
                            _connector="OR",
                        ),
                        name="remedy_amount",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_on__isnull", False), ("state", "done")),
                            models.Q(models.Q(("state", "done"), _negated=True), ("done_on", None)),
                            _connector="OR",
                        ),
                        name="remedy_done",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Route",
            fields=[
                ("id", _id()),
                ("made_at", models.DateTimeField(verbose_name="设定时间")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="停用时间")),
                ("entity", _to("organisations.entity", "所属公司", back=None)),
                ("member", _to("organisations.member", "经办人")),
                ("product", _to("orders.product", "产品或服务", null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("entity", "product", "member"),
                        name="route_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Snippet",
            fields=[
                ("id", _id()),
                ("title", models.TextField(verbose_name="名称")),
                ("text", models.TextField(verbose_name="内容")),
                ("changed_at", models.DateTimeField(verbose_name="修改时间")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="停用时间")),
                ("entity", _to("organisations.entity", "所属公司", back=None)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)), fields=("entity", "title"), name="snippet_title"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Tied",
            fields=[
                ("id", _id()),
                ("made_at", models.DateTimeField(verbose_name="归入时间")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="移出时间")),
                ("complaint", _to("complaints.complaint", "投诉", back="ties")),
                ("entity", _to("organisations.entity", "所属公司", back=None)),
                ("group", _to("complaints.group", "群体投诉", back="ties")),
                ("made_by", _to("organisations.member", "经办人")),
            ],
            options={
                "indexes": [models.Index(fields=["entity", "group", "made_at"], name="tied_of_group")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)), fields=("entity", "complaint"), name="tied_once"
                    )
                ],
            },
        ),
        TenantTable("complaints_presence", rights="SELECT, INSERT, UPDATE, DELETE"),
        TenantForeignKey("complaints_presence", "complaint_id", "complaints_complaint"),
        TenantForeignKey("complaints_presence", "member_id", "organisations_member"),
        TenantTable("complaints_remedy", system={"verifier": "SELECT"}),
        TenantForeignKey("complaints_remedy", "complaint_id", "complaints_complaint"),
        TenantForeignKey("complaints_remedy", "made_by_id", "organisations_member"),
        TenantTable("complaints_limit", system={"verifier": "SELECT"}),
        TenantTable("complaints_letter", system={"verifier": "SELECT"}),
        TenantForeignKey("complaints_letter", "complaint_id", "complaints_complaint"),
        TenantForeignKey("complaints_letter", "about_id", "complaints_complaint"),
        TenantTable("complaints_route", system={"verifier": "SELECT"}),
        TenantForeignKey("complaints_route", "product_id", "orders_product"),
        TenantForeignKey("complaints_route", "member_id", "organisations_member"),
        TenantTable("complaints_snippet", system={"verifier": "SELECT"}),
        TenantTable("complaints_group", system={"verifier": "SELECT"}),
        TenantForeignKey("complaints_group", "made_by_id", "organisations_member"),
        TenantTable("complaints_tied", system={"verifier": "SELECT"}),
        TenantForeignKey("complaints_tied", "group_id", "complaints_group"),
        TenantForeignKey("complaints_tied", "complaint_id", "complaints_complaint"),
        TenantForeignKey("complaints_tied", "made_by_id", "organisations_member"),
    ]

"""Why people complain, what each company says of the causes, and what has to be mended."""

import django.db.models.deletion
from django.db import migrations, models

import guiju.database.models
import guiju.keys.fields
from guiju.database.policies import TenantForeignKey, TenantTable


def _to(model, label, **more):
    named = {"db_index": False, "on_delete": django.db.models.deletion.PROTECT, "related_name": "+"}
    return models.ForeignKey(to=model, verbose_name=label, **(named | more))


def _entity():
    return models.ForeignKey(
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        to="organisations.entity",
        verbose_name="所属公司",
    )


def _id():
    return models.UUIDField(default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False)


GROUNDS = [
    ("share", "占比超过门槛"),
    ("count", "件数超过门槛"),
    ("rise", "上升，不是偶然"),
    ("safety", "涉及安全"),
]
STATES = [
    ("open", "待整改"),
    ("review", "待复核"),
    ("watching", "已整改，看效果"),
    ("closed", "有效，已办结"),
    ("withdrawn", "已撤销：投诉改成了别的原因"),
]
RECTIFICATION_STEPS = [
    ("opened", "开出整改任务单"),
    ("planned", "整改方案"),
    ("mended", "整改措施和证明"),
    ("asked", "提交复核"),
    ("agreed", "复核通过"),
    ("refused", "复核不通过"),
    ("extended", "继续看效果"),
    ("closed", "有效，办结"),
    ("reopened", "重新整改"),
    ("linked", "发给没有账号的人"),
    ("withdrawn", "撤销"),
]
STEPS = [
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
    ("caused", "确定原因"),
]


class Migration(migrations.Migration):
    dependencies = [("complaints", "0004_the_desk"), ("organisations", "0013_looks_found")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.AddField("complaint", "cause", models.TextField("原因", blank=True, default="", db_default="")),
        migrations.AddField(
            "complaint", "is_cause_confirmed", models.BooleanField("原因已确认", default=False, db_default=False)
        ),
        migrations.AddField(
            "complaint", "is_unweighed", models.BooleanField("待看是否要整改", default=False, db_default=False)
        ),
        migrations.AddField("complaint", "is_in_time", models.BooleanField("按目标办结", null=True)),
        migrations.AddField(
            "complaint", "is_repeat", models.BooleanField("同一人再次投诉", default=False, db_default=False)
        ),
        migrations.AlterField("step", "kind", models.TextField("事项", choices=STEPS)),
        migrations.CreateModel(
            name="CompanyCause",
            fields=[
                ("id", _id()),
                ("code", models.TextField("编码")),
                ("parent", models.TextField("上级", blank=True, default="")),
                ("label", models.TextField("原因", blank=True, default="")),
                ("words", models.JSONField("提示的词", default=list)),
                ("is_safety", models.BooleanField("涉及安全", default=False)),
                ("made_at", models.DateTimeField("登记时间")),
                ("retired_at", models.DateTimeField("停用时间", null=True)),
                ("department", _to("organisations.department", "负责的部门", null=True)),
                ("entity", _entity()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("entity", "code"), name="company_cause_code"),
                    models.CheckConstraint(
                        condition=models.Q(parent="", label="") | (~models.Q(parent="") & ~models.Q(label="")),
                        name="cause_own",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="RectificationRule",
            fields=[
                ("id", _id()),
                ("days", models.PositiveBigIntegerField("看最近多少天", default=30)),
                ("share_percent", models.PositiveBigIntegerField("占比（%）", default=30)),
                ("share_least", models.PositiveBigIntegerField("占比至少几件才算", default=10)),
                ("count_least", models.PositiveBigIntegerField("不论占比，多少件", default=50)),
                ("rise_least", models.PositiveBigIntegerField("上升至少几件才算", default=10)),
                ("by_safety", models.BooleanField("涉及安全的有一件就要整改", default=True)),
                ("due_days", models.PositiveBigIntegerField("多少天内整改", default=15)),
                ("watch_days", models.PositiveBigIntegerField("整改后看多少天", default=30)),
                ("target_percent", models.PositiveBigIntegerField("目标：降到原来的（%）", default=50)),
                ("changed_at", models.DateTimeField("修改时间")),
                ("entity", _entity()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("entity",), name="rectification_rule_once")],
            },
        ),
        migrations.CreateModel(
            name="Rectification",
            fields=[
                ("id", _id()),
                ("number", models.TextField("编号")),
                ("cause", models.TextField("原因")),
                ("ground", models.TextField("为什么", choices=GROUNDS)),
                ("state", models.TextField("状态", choices=STATES, default="open")),
                ("figures", models.JSONField("门槛所见")),
                ("cases", models.JSONField("投诉清单")),
                ("sealed", guiju.keys.fields.SealedField("方案、措施和证明（密文）", default=b"")),
                ("opened_at", models.DateTimeField("开出时间")),
                ("mended_at", models.DateTimeField("整改经复核的时间", null=True)),
                ("watch_until", models.DateField("看效果到", null=True)),
                ("effect", models.JSONField("效果", null=True)),
                ("closed_at", models.DateTimeField("办结时间", null=True)),
                ("reopened", models.PositiveBigIntegerField("重新整改的次数", default=0)),
                ("link_digest", models.BinaryField("链接的摘要", null=True)),
                ("code_digest", models.BinaryField("查询码的摘要", null=True)),
                ("link_until", models.DateTimeField("链接有效至", null=True)),
                ("link_tries", models.PositiveBigIntegerField("输错几次", default=0)),
                ("department", _to("organisations.department", "负责的部门", null=True)),
                ("holder", _to("organisations.member", "负责人", null=True)),
                ("entity", _entity()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["entity", "-opened_at", "-id"], name="rectification_newest"),
                    models.Index(
                        fields=["entity", "watch_until"],
                        condition=models.Q(state="watching"),
                        name="rectification_watched",
                    ),
                    models.Index(
                        fields=["link_digest"],
                        condition=models.Q(link_digest__isnull=False),
                        name="rectification_link",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("entity", "number"), name="rectification_number"),
                    models.UniqueConstraint(
                        fields=("entity", "cause"),
                        condition=~models.Q(state__in=("closed", "withdrawn")),
                        name="rectification_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(state__in=("closed", "withdrawn"), closed_at__isnull=False)
                        | (~models.Q(state__in=("closed", "withdrawn")) & models.Q(closed_at=None)),
                        name="rectification_closed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RectificationStep",
            fields=[
                ("id", _id()),
                ("kind", models.TextField("事项", choices=RECTIFICATION_STEPS)),
                ("at", models.DateTimeField("时间")),
                ("sealed", guiju.keys.fields.SealedField("内容（密文）", default=b"")),
                (
                    "data",
                    models.JSONField("数字", default=dict, db_default=models.Value({}, models.JSONField())),
                ),
                ("by", _to("organisations.member", "经办人", null=True)),
                ("entity", _entity()),
                ("rectification", _to("complaints.rectification", "整改任务单", related_name="steps")),
            ],
            options={
                "indexes": [models.Index(fields=["entity", "rectification", "at", "id"], name="step_of_rectification")],
            },
        ),
        TenantTable("complaints_rectificationrule", system={"verifier": "SELECT"}),
        TenantTable("complaints_rectification", system={"verifier": "SELECT"}),
        TenantForeignKey("complaints_rectification", "department_id", "organisations_department"),
        TenantForeignKey("complaints_rectification", "holder_id", "organisations_member"),
        TenantTable("complaints_rectificationstep", system={"verifier": "SELECT"}),
        TenantForeignKey("complaints_rectificationstep", "rectification_id", "complaints_rectification"),
        TenantForeignKey("complaints_rectificationstep", "by_id", "organisations_member"),
        TenantTable("complaints_companycause", system={"verifier": "SELECT"}),
        TenantForeignKey("complaints_companycause", "department_id", "organisations_department"),
    ]

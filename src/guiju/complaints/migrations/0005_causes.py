"""Why people complain: what a case is put down to, and what each company says of the causes."""

import django.db.models.deletion
from django.db import migrations, models

import guiju.database.models
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
    ("caused", "确定原因"),
]


class Migration(migrations.Migration):
    dependencies = [("complaints", "0002_who_sees_what"), ("organisations", "0013_looks_found")]

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
        TenantTable("complaints_companycause", system={"verifier": "SELECT"}),
        TenantForeignKey("complaints_companycause", "department_id", "organisations_department"),
    ]

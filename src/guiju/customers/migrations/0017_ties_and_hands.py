"""How customers stand to each other, and in whose hands they were."""

import django.db.models.deletion
from django.db import migrations, models

import guiju.database.models
from guiju.database.policies import TenantForeignKey, TenantTable

PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    dependencies = [("customers", "0015_sealed_file_consents")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Tie",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.TextField("关系", blank=True)),
                ("made_at", models.DateTimeField("登记时间")),
                ("ended_at", models.DateTimeField("结束时间", null=True)),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=PROTECT,
                        related_name="+",
                        to="organisations.member",
                        verbose_name="谁",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False, on_delete=PROTECT, to="organisations.entity", verbose_name="所属公司"
                    ),
                ),
                (
                    "one",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=PROTECT,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="客户",
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=PROTECT,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="另一位",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("one", models.F("other")), _negated=True), name="tie_of_two"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("entity", "one", "other", "kind"),
                        name="tie_once",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["entity", "one"], name="tie_of_one"),
                    models.Index(fields=["entity", "other"], name="tie_of_other"),
                ],
            },
        ),
        TenantTable("customers_tie", system={"verifier": "SELECT"}),
        TenantForeignKey("customers_tie", "one_id", "customers_customer"),
        TenantForeignKey("customers_tie", "other_id", "customers_customer"),
        TenantForeignKey("customers_tie", "by_id", "organisations_member"),
        migrations.CreateModel(
            name="OwnerChange",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "way",
                    models.TextField(
                        "怎样",
                        choices=[
                            ("assigned", "分配"),
                            ("claimed", "领取"),
                            ("released", "放入公海"),
                            ("called_back", "收回公海"),
                            ("handed_over", "交接"),
                            ("merged", "合并"),
                            ("taken_back", "撤销"),
                        ],
                    ),
                ),
                ("at", models.DateTimeField("时间")),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=PROTECT,
                        related_name="+",
                        to="organisations.user",
                        verbose_name="办理人",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=PROTECT,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="客户",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False, on_delete=PROTECT, to="organisations.entity", verbose_name="所属公司"
                    ),
                ),
                (
                    "from_member",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=PROTECT,
                        related_name="+",
                        to="organisations.member",
                        verbose_name="原负责人",
                    ),
                ),
                (
                    "to_member",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=PROTECT,
                        related_name="+",
                        to="organisations.member",
                        verbose_name="负责人",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["entity", "customer", "-at"], name="owner_change_of"),
                    models.Index(fields=["entity", "to_member", "-at"], name="owner_change_to"),
                ]
            },
        ),
        TenantTable("customers_ownerchange", system={"verifier": "SELECT"}),
        TenantForeignKey("customers_ownerchange", "customer_id", "customers_customer"),
        TenantForeignKey("customers_ownerchange", "from_member_id", "organisations_member"),
        TenantForeignKey("customers_ownerchange", "to_member_id", "organisations_member"),
        migrations.AddField(
            model_name="poolrule",
            name="rest_days",
            field=models.PositiveBigIntegerField("放出或收回以后多少天不能再领", db_default=7, default=7),
        ),
        migrations.AddField(
            model_name="poolrule",
            name="warn_days",
            field=models.PositiveBigIntegerField("收回以前多少天提醒", db_default=3, default=3),
        ),
        migrations.CreateModel(
            name="PoolPage",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("page", models.TextField("公海的哪一页", blank=True)),
                ("on", models.DateField("日期")),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False, on_delete=PROTECT, to="organisations.entity", verbose_name="所属公司"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=PROTECT,
                        related_name="+",
                        to="organisations.member",
                        verbose_name="谁",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("entity", "member", "on", "page"), name="pool_page_once")
                ]
            },
        ),
        TenantTable("customers_poolpage", rights="SELECT, INSERT, DELETE"),
        TenantForeignKey("customers_poolpage", "member_id", "organisations_member"),
        migrations.AlterField(
            model_name="bulkact",
            name="sort",
            field=models.CharField(
                "操作",
                max_length=10,
                choices=[
                    ("assign", "分配"),
                    ("tag", "加标签"),
                    ("untag", "去标签"),
                    ("release", "放入公海"),
                    ("retag", "标签改名"),
                    ("claim", "领取"),
                ],
            ),
        ),
    ]

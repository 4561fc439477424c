"""A sector of its own for drugs and medical devices (广告法 第十六条 speaks to them)."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

CHOICES = [
    ("general", "综合"),
    ("food", "食品"),
    ("health_food", "保健食品"),
    ("retail", "零售"),
    ("technology", "科技"),
    ("education", "教育培训"),
    ("medical", "医疗"),
    ("medical_beauty", "医疗美容"),
    ("drugs", "药品和医疗器械"),
    ("cosmetics", "化妆品"),
    ("decoration", "家装"),
    ("finance", "金融"),
    ("real_estate", "房地产"),
    ("logistics", "物流"),
    ("other", "其他"),
]


class Migration(migrations.Migration):
    dependencies = [("organisations", "0002_who_sees_what")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.RemoveConstraint(model_name="entity", name="entity_sector"),
        migrations.AlterField(
            model_name="entity",
            name="sector",
            field=models.CharField(choices=CHOICES, max_length=20, verbose_name="行业"),
        ),
        AddConstraintNotValid(
            model_name="entity",
            constraint=models.CheckConstraint(
                condition=models.Q(("sector__in", [code for code, _ in CHOICES])), name="entity_sector"
            ),
        ),
    ]

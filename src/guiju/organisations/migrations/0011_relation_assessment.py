"""A relation keeps the impact assessment that came before it (个人信息保护法 第五十五条)."""

from django.db import migrations, models

COLUMNS = {
    "necessity": "目的、方式是否合法、正当、必要",
    "impact": "对个人权益的影响及安全风险",
    "measures": "保护措施是否合法、有效并与风险程度相适应",
}


class Migration(migrations.Migration):
    dependencies = [("organisations", "0010_lookups")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        *(
            migrations.AddField(
                "relation", name, models.TextField(blank=True, default="", db_default="", verbose_name=label)
            )
            for name, label in COLUMNS.items()
        ),
        migrations.AddField("relation", "assessed_at", models.DateTimeField(null=True, verbose_name="评估时间")),
    ]

"""How long what a company sells keeps: by it the records of food sold are kept (食品安全法 第五十条)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("archives", "0003_business")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="business",
            name="shelf_months",
            field=models.BigIntegerField(null=True, verbose_name="产品最长的保质期（月）"),
        ),
    ]

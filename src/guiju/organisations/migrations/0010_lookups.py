"""That somebody asked whose a number is that they see masked is written down beside what was unmasked and exported."""

from django.db import migrations, models

SORTS = [("unmask", "查看明文"), ("export", "导出"), ("minor", "查看未成年人"), ("lookup", "按号码查找")]


class Migration(migrations.Migration):
    dependencies = [("organisations", "0009_minors_seen")]

    operations = [
        migrations.AlterField(
            "disclosure", "sort", models.CharField(choices=SORTS, max_length=10, verbose_name="方式")
        ),
        migrations.AlterField("alert", "sort", models.CharField(choices=SORTS, max_length=10, verbose_name="情形")),
    ]

"""That somebody saw minors' information in the clear is written down beside what was unmasked and exported."""

from django.db import migrations, models

SORTS = [("unmask", "查看明文"), ("export", "导出"), ("minor", "查看未成年人")]


class Migration(migrations.Migration):
    dependencies = [("organisations", "0008_disclosure_purpose")]

    operations = [
        migrations.AlterField(
            "disclosure", "sort", models.CharField(choices=SORTS, max_length=10, verbose_name="方式")
        ),
        migrations.AlterField("alert", "sort", models.CharField(choices=SORTS, max_length=10, verbose_name="情形")),
    ]

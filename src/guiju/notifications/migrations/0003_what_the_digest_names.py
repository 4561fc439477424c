"""The digest of a notice names what is in it, and no longer the ciphertext, which changes with its key."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_who_sees_what")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    "notice", "digest", models.CharField(max_length=64, verbose_name="内容摘要（SHA-256）")
                ),
                migrations.AlterField(
                    "channel", "secret", models.BinaryField(default=bytes, verbose_name="密钥（密文）")
                ),
            ]
        )
    ]

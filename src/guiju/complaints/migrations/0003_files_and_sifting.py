"""Files come with a complaint, and what is none is sifted out."""

from django.db import migrations, models

KINDS = [
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
]


class Migration(migrations.Migration):
    dependencies = [("complaints", "0002_who_sees_what"), ("files", "0004_from_outside")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.AddField(
            "complaint",
            "is_discarded",
            models.BooleanField(db_default=False, default=False, verbose_name="不是投诉"),
        ),
        migrations.AlterField("step", "kind", models.TextField(choices=KINDS, verbose_name="事项")),
    ]

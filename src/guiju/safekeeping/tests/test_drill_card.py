"""Who answers for data is told when the last drill was and how it ended, and nothing else of it."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from guiju.organisations.tests.factories import Group, sign_in
from guiju.privacy.tests.factories import data_officer
from guiju.safekeeping.services import keep_drill
from guiju.safekeeping.services.drills import Outcome


def test_the_data_officer_sees_the_day_of_the_last_drill(group: Group, client: Client) -> None:
    officer, now = data_officer(group), timezone.now()

    def page() -> str:
        sign_in(client, officer.user.username)
        return client.get("/").content.decode()

    assert "还没有做过：没有停用的，有了备份当夜自己做" in page()
    keep_drill(outcome=Outcome(now - timedelta(days=3), 1, True, rows=7), account="root", at=now)
    day = timezone.localtime(now - timedelta(days=3))
    assert f"上次 {day:%Y-%m-%d}，通过" in page()
    keep_drill(outcome=Outcome(now, 1, True, trouble="备份文件 x 已损坏"), account="root", at=now)
    said = page()
    assert f"上次 {timezone.localtime(now):%Y-%m-%d}，没有通过" in said and "备份文件 x" not in said
    sign_in(client, "xiaoshou.a")
    assert "备份恢复演练" not in client.get("/").content.decode()

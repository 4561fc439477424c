"""The page 备份: for system and audit administrators, with what is wrong and what mends it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from guiju.backups.keeping import State
from guiju.backups.layout import File, Full
from guiju.backups.receiving import Progress
from guiju.backups.standing import Decided, new_drill_key, write_decided, write_state
from guiju.database.scope import scope
from guiju.kernel.crypto.envelope import Algorithm
from guiju.kernel.crypto.recovery import new_private_key, recipient_of, sheets_of
from guiju.keys.ring import keyring
from guiju.organisations.tests.factories import Group, sign_in
from guiju.safekeeping.services import (
    change_data_key,
    change_recovery_key,
    keep_drill,
    keep_master_change,
    settle_restored,
)
from guiju.safekeeping.services.drills import Outcome
from guiju.safekeeping.services.key_changes import end_key_change, reseal_everything
from guiju.safekeeping.services.restorations import Facts

KEY = new_private_key()
OLD_KEY = new_private_key()
NOW = datetime.now(UTC)


def full_of(moment: datetime, private: bytes) -> Full:
    stamp = f"{moment:%Y%m%dT%H%M%S%fZ}"
    file = File("x", 5 * 2**20, "")
    return Full("l", "s", 1, stamp, stamp, "0/1", "0/2", 180000, "0", recipient_of(private).name, 1, (file,))


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.GUIJU_FOLDER = SimpleNamespace(path=tmp_path, algorithm=Algorithm.SM4_GCM)
    settings.GUIJU_IS_DEMO = False
    return tmp_path


def page_of(client: Client, group: Group, who: str = "xitong", path: str = "/backups/") -> str:
    answer = sign_in(client, who).get(path)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def test_before_there_is_a_backup_the_page_says_what_to_do(group: Group, folder: Path, client: Client) -> None:
    page = page_of(client, group)
    assert "没有备份" in page and "guiju backup target" in page
    assert "还没有可以恢复的备份" in page and "guiju backup drill" in page and "没有恢复过" in page


def test_it_shows_what_can_be_restored_where_it_lies_and_for_which_sheets(
    group: Group, folder: Path, client: Client
) -> None:
    # The page asks the clock: what the module knew when it was read may be long ago.
    now = datetime.now(UTC)
    decided = Decided(recipient_of(KEY), new_drill_key(), "s3://桶/前缀", {"key": "AKIA", "secret": "geheim"})
    write_decided(folder, decided)
    name = sheets_of(KEY)[0].set_name
    change_recovery_key(recipient=recipient_of(KEY), set_name=name, account="root", reason="", at=now)
    fulls = (full_of(now - timedelta(days=3), OLD_KEY), full_of(now - timedelta(hours=2), KEY))
    write_state(folder, State("l", Progress(5, now), fulls[-1], fulls), at=now)
    keep_drill(outcome=Outcome(now, 3, False, now, 80, 3000, log_size=900, findings=0), account="root", at=now)

    page = page_of(client, group)

    assert "s3://桶/前缀" in page and "geheim" not in page and "AKIA" not in page
    assert f"套号 {name}" in page and recipient_of(KEY).name in page
    assert "3 天" in page and "不到一天" in page and "（旧的，请保留）" in page and "5.0" in page
    assert "80 张表、3000 行一致，日志 900 条没有发现改动" in page
    assert "可以恢复到" in page_of(client, group, path="/") and 'href="/backups/"' in page_of(client, group, path="/")
    assert "s3://桶/前缀" in page_of(client, group, "shenji")


@pytest.mark.parametrize("who", ["anquan", "hegui", "xiaoshou.a"])
@pytest.mark.parametrize("is_drill", [False, True])
def test_nobody_else_sees_it(group: Group, folder: Path, client: Client, who: str, is_drill: bool) -> None:
    drill = keep_drill(outcome=Outcome(NOW, 3, False), account="root", at=NOW)
    assert 'href="/backups/"' not in page_of(client, group, who, "/")
    assert client.get(f"/backups/drills/{drill.pk}/" if is_drill else "/backups/").status_code == 403


def test_a_drill_is_told_in_full_whatever_its_age(group: Group, folder: Path, client: Client) -> None:
    bad = keep_drill(
        outcome=Outcome(NOW, 3, True, NOW, 80, 3000, ["public.notes"], log_size=900, findings=2), account="root", at=NOW
    )
    page = page_of(client, group, path=f"/backups/drills/{bad.pk}/")
    assert (
        "没有通过" in page and "public.notes" in page and "900 条，发现 2 处不符" in page and "guiju backup run" in page
    )
    # As an earlier version wrote it.
    old = keep_drill(outcome=Outcome(NOW, 3, False, NOW, 80, 3000), account="root", at=NOW)
    page = page_of(client, group, path=f"/backups/drills/{old.pk}/")
    assert "通过" in page and "没有核对" in page
    only_log = keep_drill(outcome=Outcome(NOW, 3, False, NOW, 80, 3000, log_size=9, findings=1), account="r", at=NOW)
    assert not only_log.passed
    assert client.get("/backups/drills/00000000-0000-0000-0000-000000000000/").status_code == 404


def test_a_restore_is_shown_with_what_was_done_again(group: Group, folder: Path, client: Client) -> None:
    facts = Facts(
        "root", "/mnt/<b>盘</b>", NOW, NOW, NOW, NOW, without_replay="最新的坏了", left_size=7, left_root="ab"
    )
    settle_restored(facts=facts, carried=[], at=NOW)
    page = page_of(client, group)
    assert "操作系统账号 root" in page and "没有重放：最新的坏了" in page and "/mnt/&lt;b&gt;盘" in page
    assert "留在后面的日志到第 7 条" in page


def test_what_the_keeper_wrote_wrongly_breaks_no_page(group: Group, folder: Path, client: Client) -> None:
    write_decided(folder, Decided(recipient_of(KEY), new_drill_key(), "/mnt/备份"))
    for broken in ("", "[]", '{"fulls": 3}'):
        (folder / "backup-state.json").write_text(broken)
        assert "还没有可以恢复的备份" in page_of(client, group)
    (folder / "backup.json").write_text("{")
    assert "读不懂" in page_of(client, group)


def test_the_page_of_keys_says_which_is_used_since_when_and_how_it_is_changed(group: Group, client: Client) -> None:
    company = group.company_a
    with scope(entities={company.pk}):
        keyring().seal(b"x", entity=company.pk, place=b"p")
        keyring().index("13800138000", entity=company.pk, place="p")
    assert "/backups/keys/" in page_of(client, group)
    page = page_of(client, group, path="/backups/keys/")
    assert company.name in page and "AES-256-GCM" in page and "没有换过" in page and "guiju keys rotate" in page
    assert "客户" in page and "附件" in page
    change = change_data_key(entity_id=company.pk, account="root", reason="<每年>一次", at=NOW)
    page = page_of(client, group, path="/backups/keys/")
    assert f"从第 {change.earlier} 号换过来" in page and "还没有销毁" in page and "&lt;每年&gt;一次" in page
    assert "新的数据和备份用 AES-256-GCM 加密" in page and re.search(r"还有 \d+ 项没有换过来", page)
    reseal_everything(change_id=change.pk, entity_id=company.pk)
    assert end_key_change(change_id=change.pk, entity_id=company.pk, at=NOW + timedelta(hours=1))
    keep_master_change(account="root", reason="怀疑泄露", began_at=NOW, keys=3, at=NOW)
    page = page_of(client, group, "shenji", path="/backups/keys/")
    assert f"第 {change.present} 号" in page and "从第" not in page and "3 把密钥" in page
    assert sign_in(client, group.sales_a.user.username).get("/backups/keys/").status_code == 403

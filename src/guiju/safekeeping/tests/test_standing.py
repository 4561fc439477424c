"""Recovery keys and drills are in the log; whoever answers for backups is told how they stand."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pypdf import PdfReader

from guiju.backups.keeping import State
from guiju.backups.layout import Full
from guiju.backups.receiving import Progress
from guiju.backups.standing import (
    SHEETS,
    Decided,
    kept_of,
    new_drill_key,
    read_decided,
    read_state,
    target_at,
    write_decided,
    write_state,
)
from guiju.database.scope import scope
from guiju.documents.registry import Letterhead
from guiju.kernel.crypto.envelope import Algorithm
from guiju.kernel.crypto.recovery import new_private_key, recipient_of, sheets_of
from guiju.kernel.crypto.shares import read, rebuild
from guiju.kernel.errors import Refused
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import Group
from guiju.safekeeping.models import RecoveryKey
from guiju.safekeeping.selectors import BackupHealth, backup_health_for
from guiju.safekeeping.services import change_recovery_key, keep_drill
from guiju.safekeeping.services.drills import Outcome
from guiju.safekeeping.shown import sheet_lines, sheet_pdf, write_sheets

NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
KEY = new_private_key()
DECIDED = Decided(recipient_of(KEY), new_drill_key(), "/mnt/备份")


def keep_key(private: bytes = KEY, reason: str = "", at: datetime = NOW) -> RecoveryKey:
    return change_recovery_key(recipient=recipient_of(private), set_name="ABC", account="root", reason=reason, at=at)


def test_a_new_key_ends_the_old_one_and_says_why(group: Group) -> None:
    first = keep_key()
    with pytest.raises(Refused, match="写明为什么要换"):
        keep_key(new_private_key(), reason="  ")
    with pytest.raises(Refused, match="200字以内"):
        keep_key(new_private_key(), reason="长" * 201)
    second = keep_key(new_private_key(), reason="保管人离职")
    with scope(entities={group.headquarters.pk}):
        assert [one.pk for one in RecoveryKey.objects.filter(ended_at=None)] == [second.pk]
        assert RecoveryKey.objects.get(pk=first.pk).ended_at == NOW


def test_two_sheets_on_paper_give_the_key_back(tmp_path: Path) -> None:
    shares, house = sheets_of(KEY), Letterhead("甲食品有限公司")
    files = write_sheets(shares, tmp_path / SHEETS, of=house, on=date(2026, 11, 29))
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600] * 3
    typed = []
    for number, path in enumerate(files, 1):
        reader = PdfReader(path)
        text = "".join(reader.pages[0].extract_text().split())
        assert len(reader.pages) == 1 and f"第{number}张，共3张" in text and shares[0].set_name in text
        assert "丢了两张：已有的备份谁也打不开了" in text
        start = text.index("第1行") + 3
        typed.append(text[start : text.index("怎样用")].replace("第2行", "-").replace("第3行", "-"))
    assert rebuild([read(typed[0]), read(typed[2])]) == KEY
    assert [line for line in sheet_lines(shares) if "丢了两张" in line]
    write_sheets(sheets_of(new_private_key()), tmp_path / SHEETS, of=house, on=date(2026, 11, 29))
    assert len(list((tmp_path / SHEETS).iterdir())) == 3
    assert len(PdfReader(io.BytesIO(sheet_pdf(shares[0], total=3, of=house, on=NOW.date()))).pages) == 1


def test_what_was_decided_is_read_again_and_a_broken_file_is_named(tmp_path: Path) -> None:
    assert read_decided(tmp_path) is None
    write_decided(tmp_path, DECIDED)
    assert read_decided(tmp_path) == DECIDED
    assert KEY not in (tmp_path / "backup.json").read_bytes()
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "log").write_text("x")
    (tmp_path / SHEETS).mkdir()
    (tmp_path / SHEETS / "恢复单.pdf").write_text("x")
    assert set(kept_of(tmp_path)) == {"backup.json", "keys/log"}
    for broken in ("", "[]", '{"recipient": 1}', '{"recipient": "x", "drills": "", "where": "", "bucket": {}}'):
        (tmp_path / "backup.json").write_text(broken)
        with pytest.raises(Refused, match="读不懂"):
            read_decided(tmp_path)


@pytest.mark.parametrize("where", ["", "  ", "ftp://x/y", "s3://", "s3:///x", "a\0b"])
def test_a_place_that_is_none_is_refused(where: str) -> None:
    with pytest.raises(Refused):
        target_at(where, {})


def full_of(moment: datetime) -> Full:
    stamp = f"{moment:%Y%m%dT%H%M%S%fZ}"
    return Full("l", "s", 1, stamp, stamp, "0/1", "0/2", 180000, "0", "00000000000000ab", 1, ())


def test_the_state_is_read_again_and_nonsense_is_no_state(tmp_path: Path) -> None:
    assert read_state(tmp_path) is None
    write_state(tmp_path, State("l", Progress(5, NOW), full_of(NOW), (full_of(NOW),)), at=NOW)
    known = read_state(tmp_path)
    assert known is not None and (known.line, known.stored, known.moment, known.newest_full) == ("l", 5, NOW, NOW)
    assert not known.is_silent(NOW) and known.is_silent(NOW + timedelta(minutes=3))
    for broken in ("", "[]", "{}", json.dumps({"at": "gestern"})):
        (tmp_path / "backup-state.json").write_text(broken)
        assert read_state(tmp_path) is None


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.GUIJU_FOLDER = SimpleNamespace(path=tmp_path, algorithm=Algorithm.AES_256_GCM)
    settings.GUIJU_IS_DEMO = False
    return tmp_path


def told(member: Any, at: datetime = NOW) -> BackupHealth:
    with acting(member):
        return backup_health_for(member, at=at)


def test_administrators_are_told_how_backups_stand_and_nobody_else(group: Group, folder: Path) -> None:
    assert told(group.security_admin) == told(group.sales_a) == BackupHealth()
    assert told(group.system_admin).troubles[0].startswith("没有备份")
    write_decided(folder, DECIDED)
    assert told(group.system_admin) == BackupHealth(
        (
            "还没有一份可以恢复的备份",
            "还没有做过恢复演练：没有停用的，有了全量备份当夜自己做；现在就做，在服务器上运行 guiju backup drill",
        )
    )
    write_state(folder, State("l", Progress(5, NOW), full_of(NOW), (full_of(NOW),)), at=NOW)
    keep_drill(outcome=Outcome(NOW, 2.6, False, NOW, 80, 3000), account="root", at=NOW)
    assert told(group.system_admin) == BackupHealth(
        (), ("可以恢复到 2026-11-29 16:00:00", "上次恢复演练 2026-11-29 16:00，3000 行全部一致，用时 3 秒")
    )
    later = NOW + timedelta(days=100)
    assert told(group.system_admin, later) == BackupHealth(
        (
            "备份停在 2026-11-29 16:00:00：备份程序没有应答",
            "上次恢复演练是 2026-11-29 16:00，之后没有自动做：停用了，或者夜里系统没有运行；现在就做，在服务器上运行 guiju backup drill",
        )
    )
    keep_drill(outcome=Outcome(later, 1, True, trouble="备份文件 x 已损坏"), account="root", at=later)
    (folder / SHEETS).mkdir()
    (folder / SHEETS / "恢复单-ABC-1.pdf").touch()
    said = told(group.system_admin, later).troubles
    assert "备份恢复单的文件还在服务器上" in said[0] and said[-1].endswith("没有通过：备份文件 x 已损坏")

"""What an import keeps of its file, and for how long; `note_dry_run` leaves a trace of who only has one judged (导入的原文件)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from guiju.customers.loading import FileImport
from guiju.customers.models import CustomerImport, ImportProblems
from guiju.customers.services import customer_import, import_files
from guiju.customers.services.customer_import import accept_customer_import, import_batch, open_customer_import, opened
from guiju.customers.services.import_files import KEPT_DAYS, let_go_of_imports, problems_of
from guiju.customers.tests.test_import_customers import load
from guiju.database.scope import scope
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.tests.factories import publish

BACK = "姓名,手机\n" + "".join(f"客户{number},{number}\n" for number in range(5))
LATER = AT + timedelta(days=KEPT_DAYS, minutes=1)


@pytest.fixture
def group_told(group: Group) -> Group:
    publish(group)
    return group


def kept(found: CustomerImport) -> tuple[str, int, int]:
    with scope(entities={found.entity_id}):
        found.refresh_from_db()
        return str(found.state), len(bytes(found.content)), len(problems_of(found))


def test_each_batch_keeps_what_went_back_of_it_and_no_more_than_somebody_can_mend(
    group_told: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(customer_import, "BATCH", 2)
    monkeypatch.setattr(import_files, "MOST_PROBLEM_ROWS", 3)
    found = load(group_told, BACK)
    with acting(group_told.sales_a):
        assert [one.lines for one in ImportProblems.objects.order_by("pk")] == [2, 2]
        assert list(problems_of(found)) == ["2", "3", "4", "5"] and not bytes(found.problems)


def test_a_month_later_the_file_and_what_went_back_are_gone_and_what_was_stuck_has_ended(group_told: Group) -> None:
    seller = group_told.sales_a
    mended = load(group_told, BACK)
    with acting(seller):
        waiting, stuck = (
            open_customer_import(name="x.csv", content=BACK.encode(), kind="person", actor=seller, at=AT)
            for _ in range(2)
        )
        accept_customer_import(
            import_id=stuck.pk, mapping=stuck.mapping, source="登记表", consents=(), actor=seller, at=AT
        )
    assert let_go_of_imports(at=LATER - timedelta(days=1)) == 0 and kept(mended)[2] == 5
    assert let_go_of_imports(at=LATER) == 3
    assert kept(mended) == ("done", 0, 0)
    assert kept(waiting) == ("dropped", 0, 0) and kept(stuck) == ("failed", 0, 0)
    assert "30天没有导完" in stuck.outcome
    with acting(seller):
        # The worker that comes to it late finds nothing to do.
        with opened(mended, BACK.encode()) as table:
            lines = list(table.rows())
        assert import_batch(import_id=stuck.pk, lines=lines, actor=seller, at=LATER).rows_seen == 0
    assert let_go_of_imports(at=LATER) == 0


def test_who_only_has_a_file_judged_leaves_a_trace_with_counts_and_no_content(
    group_told: Group, tmp_path: Path, client: Client
) -> None:
    seller = group_told.sales_a
    with acting(seller):
        secret = create_token(member=seller, name="x", days=9, at=AT)
    file = tmp_path / "会员.csv"
    file.write_text(BACK, "utf-8")
    told = FileImport(secret, seller.entity.unified_code, file, "person", None, None, "").run(dry_run=True)
    assert told["import_id"] is None and told["rows"] == 5
    with acting(seller):
        [trace] = CustomerImport.objects.all()
        assert (trace.member_id, trace.file_name, trace.state) == (seller.pk, "会员.csv", "dropped")
        assert (trace.rows_seen, bytes(trace.content), trace.mapping) == (5, b"", {})
        assert not ImportProblems.objects.exists()
    sign_in(client, seller.user.username)
    page = client.get("/customers/import/").content.decode()
    assert "只判断：5行" in page and "保留30天" in page

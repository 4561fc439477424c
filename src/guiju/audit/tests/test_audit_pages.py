"""The audit administrator browses, looks closely, verifies; an outsider with a certificate confirms it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from guiju.audit import tasks
from guiju.audit.services import ask_verification, run_verification
from guiju.database.models import new_id
from guiju.database.provision import Database
from guiju.database.scope import scope
from guiju.evidence import installation
from guiju.evidence.sequencer import Sequencer
from guiju.evidence.services import Act, one_entry, record
from guiju.evidence.signing import make_signer
from guiju.kernel.errors import NotAllowed
from guiju.kernel.evidence.tree import leaf_hash
from guiju.organisations.models import Department, Member
from guiju.organisations.selectors import acting
from guiju.organisations.services import CompanyChanges, change_company
from guiju.organisations.tests.factories import Group, join, make_group, sign_in

AT_ONCE = timedelta(0)


def now() -> datetime:
    return datetime.now(UTC)


class Audited:
    """A group whose log is placed and signed, as in a running installation."""

    def __init__(self, database: Database, connection: psycopg.Connection, folder: Path) -> None:
        self.database = database
        self.group: Group = make_group()
        self.compliance_a = join(
            self.group.company_a, "compliance", "hegui.a", self.group.system_admin, self.group.security_admin
        )
        self.sequencer = Sequencer(connection, make_signer(folder, origin="guiju/audited"))
        self.place()

    def place(self) -> None:
        self.sequencer.round(at=now(), every=AT_ONCE)

    def auditor(self) -> Member:
        with acting(self.group.system_admin):
            return Member.objects.select_related("user", "entity").get(user__username="shenji")

    def entry_of(self, company: UUID) -> UUID:
        with psycopg.connect(self.database.conninfo("superuser")) as admin:
            row = admin.execute(
                "SELECT id FROM evidence_entry WHERE subject_id = %s AND subject_type = 'organisations.entity'",
                [company],
            ).fetchone()
        assert row
        return row[0]

    def tamper(self) -> None:
        with psycopg.connect(self.database.conninfo("superuser")) as admin:
            admin.execute("UPDATE organisations_entity SET name = '别的公司' WHERE id = %s", [self.group.company_a.pk])


@pytest.fixture
def audited(own_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Audited]:
    monkeypatch.setattr(installation, "folder", lambda: tmp_path)
    monkeypatch.setattr("guiju.audit.views.folder", lambda: tmp_path)
    monkeypatch.setattr(installation, "verifier_conninfo", lambda: own_database.conninfo("verifier"))
    monkeypatch.setattr(
        "guiju.audit.services.verification.verifier_conninfo", lambda: own_database.conninfo("verifier")
    )
    with psycopg.connect(own_database.conninfo("sequencer"), autocommit=True) as connection:
        yield Audited(own_database, connection, tmp_path)


@pytest.fixture
def auditor(audited: Audited) -> Client:
    return sign_in(Client(), "shenji")


def page_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.content.decode()


def test_the_log_is_browsed_and_filtered(audited: Audited, auditor: Client) -> None:
    whole = page_of(auditor, "/evidence/")
    only = page_of(auditor, f"/evidence/?company={audited.group.company_a.pk}&kind=organisations.entity")

    assert "公司登记" in whole and "乙零售有限公司" in whole
    assert only.count('<td class="title">') == 1
    for odd in (
        "company=x",
        "number=-1",
        "number=x",
        "since=yesterday",
        "page=99",
        "kind=%00",
        "since=0001-01-01&until=9999-12-31",
    ):
        assert auditor.get(f"/evidence/?{odd}").status_code == 200
    assert "没有符合条件的条目" in page_of(auditor, "/evidence/?number=999999")


def test_a_company_sees_its_own_entries_and_no_others(audited: Audited) -> None:
    client = sign_in(Client(), "hegui.a")
    theirs = page_of(client, "/evidence/").partition('<div class="table-responsive">')[2]

    assert "甲食品有限公司" in theirs and "乙零售有限公司" not in theirs
    page_of(client, f"/evidence/entries/{audited.entry_of(audited.group.company_a.pk)}/")
    page_of(client, f"/evidence/entries/{audited.entry_of(audited.group.company_b.pk)}/", 404)
    page_of(client, "/evidence/verifications/", 403)
    assert client.post("/evidence/verifications/run/").status_code == 403


def test_every_page_of_a_record_leads_to_what_the_log_has_of_it(audited: Audited, auditor: Client) -> None:
    group = audited.group
    compliance = sign_in(Client(), "hegui.a")
    theirs, others = f"/companies/{group.company_a.pk}/", f"/companies/{group.company_b.pk}/"
    mark = re.compile(r'href="(/evidence/records/[a-z_.]+/[0-9a-f-]{36}/)"')

    found = set()
    for address in (theirs, others, f"/people/{audited.compliance_a.pk}/", "/access/roles/compliance/"):
        found.update(mark.findall(page_of(auditor, address)))
    assert {one.split("/")[3] for one in found} == {
        *("organisations.entity", "organisations.member", "organisations.memberrole", "organisations.role")
    }
    for one in found:
        page_of(auditor, one)
    assert mark.findall(page_of(compliance, theirs)) == [
        f"/evidence/records/organisations.entity/{group.company_a.pk}/"
    ]
    # A role belongs to no company: what happened to it stands in the group company's log.
    assert not [one for one in mark.findall(page_of(compliance, "/access/roles/compliance/")) if ".role/" in one]
    with CaptureQueriesContext(connection) as few:
        page_of(compliance, theirs)
    with scope([group.company_a.pk]):
        for number in range(10):
            Department.objects.create(entity=group.company_a, name=f"第{number}部")
    with CaptureQueriesContext(connection) as many:
        assert page_of(compliance, theirs).count("evidence-mark") == 10
    assert len(many) == len(few)


def test_the_log_is_counted_no_further_than_it_is_listed(
    audited: Audited, auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guiju.web.paging.LATEST", 3)
    monkeypatch.setattr("guiju.web.paging.COUNTED", 3)
    page = page_of(auditor, "/evidence/")
    assert "只列出最近的 3 条" in page and page.count('<td class="title">') == 3
    assert "只列出" not in page_of(
        auditor, f"/evidence/?company={audited.group.company_a.pk}&kind=organisations.entity"
    )


def test_an_entry_shows_that_it_holds_and_after_tampering_what_was_committed(audited: Audited, auditor: Client) -> None:
    address = f"/evidence/entries/{audited.entry_of(audited.group.company_a.pk)}/"
    before = page_of(auditor, address)
    audited.tamper()
    after = page_of(auditor, address)

    assert "记录与存证一致" in before and "别的公司" not in before
    assert "与存证的内容不同" in after
    assert re.search("甲食品有限公司</td>.*别的公司", after, re.DOTALL)
    assert "不成立" in page_of(auditor, f"{address}certificate/")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE evidence_entry SET action = 'organisations.change_company' WHERE id = %s",
        "UPDATE evidence_entry SET at = at - interval '1 year' WHERE id = %s",
        "UPDATE evidence_entry SET leaf = replace(leaf, 'register', 'change'), action = replace(action, 'register', 'change')"
        " WHERE id = %s",
        "UPDATE evidence_revision SET digests = digests || digests WHERE entry_id = %s",
        "DELETE FROM evidence_revision WHERE entry_id = %s",
    ],
)
def test_a_rewritten_entry_is_not_called_good_though_its_hash_still_is_in_the_tree(
    audited: Audited, auditor: Client, statement: str
) -> None:
    entry = audited.entry_of(audited.group.company_a.pk)
    with psycopg.connect(audited.database.conninfo("superuser")) as admin:
        admin.execute("SET session_replication_role = replica")
        assert admin.execute(statement, [entry]).rowcount == 1
    shown = page_of(auditor, f"/evidence/entries/{entry}/")

    assert "与存证的内容不同" in shown and "刚刚核对" not in shown
    assert "不成立" in page_of(auditor, f"/evidence/entries/{entry}/certificate/")


def test_a_large_batch_costs_no_more_queries_than_a_small_one(audited: Audited, auditor: Client) -> None:
    sizes = []
    for count in (2, 60):
        company, act = audited.group.company_a, Act("organisations.found_department", None, now())
        with scope(entities={company.pk}), one_entry(act, about=company):
            for _ in range(count):
                made = Department.objects.create(entity=company, name=new_id().hex)
                record(act, entity_id=company.pk, subject=made)
        audited.place()
        with psycopg.connect(audited.database.conninfo("superuser")) as admin:
            [(entry,)] = admin.execute("SELECT id FROM evidence_entry WHERE count = %s", [count]).fetchall()
        with CaptureQueriesContext(connection) as queries:
            assert f"记录（{count} 份）" in page_of(auditor, f"/evidence/entries/{entry}/")
        sizes.append(len(queries))
    # The first page of a browser asks a few things that the second remembers.
    assert sizes[1] <= sizes[0]


def test_every_record_has_its_history_with_old_and_new(audited: Audited, auditor: Client) -> None:
    company = audited.group.company_a
    with acting(audited.group.system_admin):
        change_company(
            company_id=company.pk,
            changes=CompanyChanges("改制", sector="retail"),
            actor=audited.group.system_admin,
            at=now(),
        )
    shown = page_of(auditor, f"/evidence/records/organisations.entity/{company.pk}/")

    assert re.search("food</td>.*retail", shown, re.DOTALL) and "原因：改制" in shown
    person = page_of(auditor, f"/evidence/records/organisations.member/{audited.group.sales_a.pk}/")
    assert audited.group.sales_a.user.name in person and "甲食品有限公司" in person
    assert "T02:00:00.000000Z" not in person and re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", person)
    with psycopg.connect(audited.database.conninfo("superuser")) as admin:
        [(role,)] = admin.execute("SELECT id FROM organisations_role WHERE code = 'sales'").fetchall()
    assert "company.read" in page_of(auditor, f"/evidence/records/organisations.role/{role}/")
    page_of(auditor, f"/evidence/records/organisations.entity/{UUID(int=5)}/", 404)
    page_of(auditor, f"/evidence/records/no.such/{company.pk}/", 404)
    page_of(sign_in(Client(), "hegui.a"), f"/evidence/records/organisations.entity/{audited.group.company_b.pk}/", 404)


def test_what_is_not_placed_yet_says_so(audited: Audited, auditor: Client) -> None:
    join(audited.group.company_a, "sales", "xin.a", audited.group.system_admin, audited.group.security_admin)
    page = page_of(auditor, "/evidence/")
    assert "等候排位" in page
    waiting = re.search(r'/evidence/entries/([0-9a-f-]+)/">等候排位', page)
    assert waiting and "等候排位" in page_of(auditor, f"/evidence/entries/{waiting[1]}/")
    page_of(auditor, f"/evidence/entries/{waiting[1]}/certificate/", 404)


def test_a_certificate_leads_to_a_public_page_that_confirms_it(audited: Audited, auditor: Client) -> None:
    entry = audited.entry_of(audited.group.company_a.pk)
    sheet = page_of(auditor, f"/evidence/entries/{entry}/certificate/")
    digest = re.search(r'条目摘要（SHA-256）<br><span class="code">([0-9a-f]{64})', sheet)
    public = page_of(Client(), f"/proof/{entry}/")

    assert digest and digest[1] in public and "证明成立" in public
    assert f"{settings.GUIJU_CONSUMER_URL}/proof/{entry}/" in sheet and "成立（" in sheet
    assert "甲食品有限公司" not in public and "公司登记" not in public
    assert "没有这个条目" in page_of(Client(), f"/proof/{UUID(int=7)}/", 404)


def test_a_run_is_asked_for_kept_and_shown_and_alerts_until_it_is_clean(
    audited: Audited, auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks.verify_log, "defer", tasks.verify_log)
    assert auditor.post("/evidence/verifications/run/", follow=True).status_code == 200
    assert "没有发现改动" in page_of(auditor, "/evidence/verifications/")
    assert "存证核对发现" not in page_of(auditor, "/")
    audited.place()
    audited.tamper()
    auditor.post("/evidence/verifications/run/")
    shown = page_of(auditor, "/evidence/verifications/")

    assert "发现 1 处不符" in shown and "“公司名称”" in shown
    # It was still so at the clean run, whose own entry came after.
    assert re.search(r"在第 \d+ 条处的检查点之后", shown)
    assert "存证核对发现1处不符" in page_of(auditor, "/")
    tasks.verify_nightly(0)
    assert page_of(auditor, "/evidence/verifications/").count("每夜自动") == 1


def test_the_entries_of_the_log_are_for_who_audits_the_group(audited: Audited, auditor: Client) -> None:
    size = int(auditor.get("/log/checkpoint").content.split(b"\n")[1])
    entries = auditor.get(f"/log/tile/entries/000.p/{size}").content
    hashes = Client().get(f"/log/tile/0/000.p/{size}").content
    leaves = []
    while entries:
        length = int.from_bytes(entries[:2], "big")
        leaves.append(entries[2 : 2 + length])
        entries = entries[2 + length :]

    assert b"".join(leaf_hash(leaf) for leaf in leaves) == hashes and len(leaves) == size
    assert sign_in(Client(), "hegui.a").get(f"/log/tile/entries/000.p/{size}").status_code == 403
    for beyond in ("000", "001", "x", f"000.p/{size + 1}"):
        assert auditor.get(f"/log/tile/entries/{beyond}").status_code == 404


def test_only_who_may_verifies(audited: Audited) -> None:
    with acting(audited.compliance_a), pytest.raises(NotAllowed):
        ask_verification(actor=audited.compliance_a)
    auditor = audited.auditor()
    with acting(auditor):
        root = ask_verification(actor=auditor)
    assert run_verification(root=root, actor=auditor, began_at=now())


def test_a_witness_is_registered_and_the_warning_goes(audited: Audited, auditor: Client) -> None:
    assert "仅本机存证" in page_of(auditor, "/") and "仅本机存证" in page_of(auditor, "/evidence/anchors/")
    assert (
        "请写明交给谁保管" in auditor.post("/evidence/anchors/register/", {"label": " "}, follow=True).content.decode()
    )
    # register_witness
    auditor.post("/evidence/anchors/register/", {"label": "某会计师事务所"})
    shown = page_of(auditor, "/evidence/anchors/")

    assert "某会计师事务所" in shown and "仅本机存证" not in shown and "仅本机存证" not in page_of(auditor, "/")
    assert "某会计师事务所" in page_of(auditor, f"/evidence/entries/{audited.entry_of(audited.group.company_a.pk)}/")
    note = auditor.get("/evidence/anchors/checkpoint.txt").content.decode()
    assert note.startswith("guiju/audited\n") and "见证单" in page_of(auditor, "/evidence/anchors/sheet/")


def test_settings_that_cannot_be_read_are_told_on_the_page(audited: Audited, auditor: Client, tmp_path: Path) -> None:
    (tmp_path / "anchors.toml").write_text("[[timestamp]")
    assert "anchors.toml：写得不对" in page_of(auditor, "/evidence/anchors/")

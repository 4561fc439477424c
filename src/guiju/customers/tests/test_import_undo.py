"""An import is taken back: whom nobody touched is hidden, stored only, and deleted by two (撤销导入)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from guiju.archives.models import Disposal
from guiju.customers import tasks
from guiju.customers.models import Contact, Customer, CustomerImport
from guiju.customers.selectors.reading import reading
from guiju.customers.services import import_undo
from guiju.customers.services.customers import add_customer, change_customer
from guiju.customers.services.import_undo import delete_undone, undo_batch, undo_import
from guiju.customers.services.intake import How
from guiju.customers.services.notes import NoteDetails, add_note
from guiju.customers.tests.test_import_customers import load
from guiju.evidence.selectors import history_of
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import Group, join, sign_in
from guiju.privacy.models import Subject
from guiju.privacy.tests.factories import data_officer, publish
from guiju.work.models import Approval, Task
from guiju.work.services.approvals import decide_approval

ROWS = "姓名,手机\n" + "".join(f"客户{number},1380013800{number}\n" for number in range(6))


@pytest.fixture
def imported(group: Group) -> CustomerImport:
    publish(group)
    return load(group, ROWS)


def names(actor: Member) -> list[str]:
    with acting(actor), reading(actor, purpose="sales", on=timezone.localdate()) as seen:
        return sorted(one.name for one in seen.customers())


def undo(found: CustomerImport, actor: Member) -> CustomerImport:
    with acting(actor):
        undo_import(import_id=found.pk, actor=actor, at=timezone.now())
        while undo_batch(import_id=found.pk, actor=actor, at=timezone.now()):
            pass
        found.refresh_from_db()
    return found


def test_the_untouched_go_and_the_touched_stay(
    group: Group, imported: CustomerImport, monkeypatch: pytest.MonkeyPatch
) -> None:
    seller = group.sales_a
    monkeypatch.setattr(import_undo, "BATCH", 2)
    with acting(seller):
        add_customer(kind="person", values={"name": "别人"}, how=How(), actor=seller, at=timezone.now())
        changed, noted = (Customer.objects.get(name=name) for name in ("客户1", "客户4"))
        change_customer(customer_id=changed.pk, values={"company": "某店"}, how=How(), actor=seller, at=timezone.now())
        add_note(customer_id=noted.pk, details=NoteDetails("打过电话", "call"), actor=seller, at=timezone.now())
    found = undo(imported, seller)
    assert (found.state, found.outcome) == ("undone", "已撤销4位客户，2位后来动过，留着")
    assert dict(found.undo["stays"]) == {str(changed.pk): "改过", str(noted.pk): "有跟进记录"}
    assert names(seller) == ["别人", "客户1", "客户4"]
    with acting(seller):
        gone = Customer.objects.get(name="客户0")
        assert gone.subject and gone.subject.frozen_because == "撤销导入"
        assert history_of(gone)[0].action == "customers.undo_import"
        with pytest.raises(Missing):
            change_customer(customer_id=gone.pk, values={"company": "x"}, how=How(), actor=seller, at=timezone.now())
        # The same person can be entered again: nobody is compared with who was taken back.
        add_customer(
            kind="person",
            values={"name": "客户0", "phone": "13800138000"},
            how=How(),
            actor=seller,
            at=timezone.now(),
        )
        with pytest.raises(Refused) as refusal:
            undo_import(import_id=found.pk, actor=seller, at=timezone.now())
        assert refusal.value.code == "import_decided"


def test_it_goes_on_where_it_was_broken_off(
    group: Group, imported: CustomerImport, monkeypatch: pytest.MonkeyPatch
) -> None:
    seller = group.sales_a
    monkeypatch.setattr(import_undo, "BATCH", 2)
    with acting(seller):
        undo_import(import_id=imported.pk, actor=seller, at=timezone.now())
        assert undo_batch(import_id=imported.pk, actor=seller, at=timezone.now())
    assert len(names(seller)) == 4
    ids = {"import_id": str(imported.pk), "entity_id": str(imported.entity_id)}
    tasks.run_import_undo.func(**ids, member_id=str(seller.pk), user_id=str(seller.user_id))
    assert names(seller) == []


def test_two_people_delete_what_was_taken_back(group: Group, imported: CustomerImport) -> None:
    seller, officer = group.sales_a, data_officer(group)
    found = undo(imported, seller)
    keeper = join(group.company_a, "archivist", "dangan.a", group.system_admin, group.security_admin)
    with acting(seller), pytest.raises(NotAllowed):
        delete_undone(import_id=found.pk, reason="导错了文件", actor=seller, at=timezone.now())
    with acting(officer):
        assert Task.objects.get(kind=import_undo.KIND, done_at=None).subject_id == found.pk
        made = delete_undone(import_id=found.pk, reason="导错了文件", actor=officer, at=timezone.now())
        assert made.things == 6
    with acting(keeper):
        approval = Approval.objects.get(subject_id=made.pk)
        decide_approval(approval_id=approval.pk, allows=True, note="", actor=keeper, at=timezone.now())
        assert Disposal.objects.get(pk=made.pk).state == "done"
        assert Customer.objects.filter(erased_at=None).count() == 0
        assert str(made.pk) in Task.objects.get(kind=import_undo.KIND, done_at__isnull=False).outcome


def test_what_was_not_allowed_stays_a_task_for_somebody_to_decide(group: Group, imported: CustomerImport) -> None:
    found, officer = undo(imported, group.sales_a), data_officer(group)
    keeper = join(group.company_a, "archivist", "dangan.a", group.system_admin, group.security_admin)
    with acting(officer):
        made = delete_undone(import_id=found.pk, reason="导错了文件", actor=officer, at=timezone.now())
    with acting(keeper):
        approval = Approval.objects.get(subject_id=made.pk)
        decide_approval(approval_id=approval.pk, allows=False, note="先问清楚", actor=keeper, at=timezone.now())
    with acting(officer):
        assert Task.objects.get(kind=import_undo.KIND, done_at=None).subject_id == found.pk
        assert delete_undone(import_id=found.pk, reason="问清楚了", actor=officer, at=timezone.now()).things == 6


def test_companies_go_with_their_contacts(group: Group) -> None:
    publish(group)
    rows = "单位名称,联系人,手机\n东方餐饮,王一,13800138001\n西方餐饮,王二,13800138002\n"
    found = undo(load(group, rows, kind="company"), group.sales_a)
    assert found.undo["back"] == 2 and names(group.sales_a) == []
    with acting(group.sales_a):
        people = Contact.objects.values_list("subject_id", flat=True)
        assert Subject.objects.filter(pk__in=people, frozen_at=None).count() == 0
        assert len(import_undo.to_delete(found)) == 4


def test_only_who_imported_takes_it_back(group: Group, imported: CustomerImport) -> None:
    colleague = join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)
    for actor in (colleague, group.sales_b):
        with acting(actor), pytest.raises((Missing, NotAllowed)):
            undo_import(import_id=imported.pk, actor=actor, at=timezone.now() + timedelta(minutes=1))


def test_the_pages_ask_first_and_tell_what_stays(group: Group, imported: CustomerImport, client: Client) -> None:
    seller = group.sales_a
    sign_in(client, "xiaoshou.a")
    address = f"/customers/import/{imported.pk}/"
    assert f"{address}undo/" in client.get(address).content.decode()
    assert "6 位客户" in client.get(f"{address}undo/").content.decode()
    with acting(seller):
        noted = Customer.objects.get(name="客户4")
        add_note(customer_id=noted.pk, details=NoteDetails("打过电话", "call"), actor=seller, at=timezone.now())
    assert "正在撤销" in client.post(f"{address}undo/", follow=True).content.decode()
    ids = {"import_id": str(imported.pk), "entity_id": str(imported.entity_id)}
    tasks.run_import_undo.func(**ids, member_id=str(seller.pk), user_id=str(seller.user_id))
    page = client.get(address).content.decode()
    assert "已撤销5位客户" in page and "有跟进记录" in page and "客户4" in page
    officer = data_officer(group)
    sign_in(client, officer.user.username)
    assert "提出删除撤销的客户" in client.get(address).content.decode()
    assert "等另一个人审批" in client.post(f"{address}delete/", {"reason": "导错了文件"}, follow=True).content.decode()
    assert client.post(f"{address}delete/", {"reason": "再来一次"}).status_code == 422

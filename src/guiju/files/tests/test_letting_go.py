"""Files go by the one door, with the person or by themselves, and the search for what may not be held knows them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from guiju.archives.models import Disposal
from guiju.archives.registry import Target
from guiju.archives.selectors import copies_of
from guiju.archives.services.disposals import propose_disposal
from guiju.archives.services.holds import place_hold
from guiju.customers.models import Customer
from guiju.customers.selectors.reading import reading
from guiju.evidence.selectors import GONE_BY_LAW, history_of
from guiju.evidence.services import Act
from guiju.files.models import Attachment, Chunk
from guiju.files.services.attachments import open_attachment, remove_attachment
from guiju.files.tests.factories import PDF, allow_sensitive, consent_to_sensitive, customer_of, general, put
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.models import Cleanup, Subject
from guiju.privacy.services.cleanup import freeze_found, propose_found, start_cleanup
from guiju.privacy.services.collections import found_collection
from guiju.privacy.services.freezing import freeze_subject
from guiju.privacy.terms import Channel
from guiju.privacy.tests.factories import data_officer, publish
from guiju.work.models import Approval, Task
from guiju.work.services.approvals import decide_approval

WHY = "客户要求删除，已核对身份"
IDENTITY = "110101199003077571"


@pytest.fixture
def li(group: Group) -> Customer:
    publish(group)
    return customer_of(group.sales_a)


def archivist(group: Group) -> Member:
    return join(group.company_a, "archivist", "dangan.a", group.system_admin, group.security_admin)


def propose(group: Group, target: Target) -> Disposal:
    officer = data_officer(group)
    with acting(officer):
        return propose_disposal(
            entity_id=officer.entity_id, targets=[target], basis="withdrawn", reason=WHY, actor=officer, at=AT
        )


def decide(group: Group, disposal: Disposal) -> Disposal:
    second = archivist(group)
    with acting(second):
        approval = Approval.objects.get(subject_id=disposal.pk)
        decide_approval(approval_id=approval.pk, allows=True, note="核对过", actor=second, at=AT)
        return Disposal.objects.get(pk=disposal.pk)


def is_gone(group: Group, row: Attachment) -> bool:
    """Whether neither the row, nor a piece, nor any version of it holds anything still."""
    before = row.digest
    with acting(group.sales_a):
        row.refresh_from_db()
        told = str([(one.old, one.new) for version in history_of(row) for one in version.changes])
        lies = any(bytes(one.sealed) for one in Chunk.objects.filter(attachment=row))
    if row.erased_at is None:
        assert lies and before in told
        return False
    assert not lies and not row.sealed and row.name == "（已销毁）"
    assert before not in told and ".pdf" not in told and GONE_BY_LAW in told
    return True


def came_in_untold(group: Group, row: Attachment) -> None:
    """As if the file had come in before people were told of anything."""
    with acting(group.sales_a):
        act = Act("test.before", group.sales_a, AT)
        before = found_collection(act, entity_id=row.entity_id, channel=Channel.COUNTER, source="", notice=None)
        Attachment.objects.filter(pk=row.pk).update(collection=before)


def test_files_go_with_the_person_from_the_store_and_from_every_version(group: Group, li: Customer) -> None:
    row, other = general(group.sales_a, li), general(group.sales_a, customer_of(group.sales_a, "王丽"))
    assert li.subject_id is not None
    with acting(data_officer(group)):
        assert ("附件", 1, "") in copies_of(group.company_a.pk, [Target(li.subject_id)])
    done = decide(group, propose(group, Target(li.subject_id)))
    assert done.counts["files.attachments"] == 1
    assert is_gone(group, row) and not is_gone(group, other)


def test_a_single_file_goes_by_itself(group: Group, li: Customer) -> None:
    row = general(group.sales_a, li)
    other = general(group.sales_a, li, "另一份.pdf", PDF + b"2")
    done = decide(group, propose(group, Target(row.pk)))
    assert done.counts == {"files.attachments": 1}
    assert is_gone(group, row) and not is_gone(group, other)


def test_a_file_stays_while_its_customer_is_held_back(group: Group, li: Customer) -> None:
    row = general(group.sales_a, li)
    officer = data_officer(group)
    assert li.subject_id is not None
    with acting(officer):
        place_hold(
            entity_id=officer.entity_id,
            subject_id=li.subject_id,
            sort="dispute",
            reason="案号2026-1",
            actor=officer,
            at=AT,
        )
    with pytest.raises(Refused) as refusal:
        propose(group, Target(row.pk))
    assert "保全" in refusal.value.sentence


def test_a_removed_file_is_proposed_by_dispose_attachment_from_its_task_which_ends_with_it(
    group: Group, li: Customer, client: Client
) -> None:
    row = general(group.sales_a, li)
    with acting(group.sales_a):
        remove_attachment(attachment_id=row.pk, reason="传错了客户", actor=group.sales_a, at=AT)
    officer = data_officer(group)
    with acting(officer):
        task = Task.objects.get(kind="files.after_removal")
    sign_in(client, officer.user.username)
    assert "等待销毁" in client.get(f"/files/{row.pk}/").content.decode()
    assert client.get(f"/files/removed/{task.pk}/").status_code == 200
    assert client.post(f"/files/removed/{task.pk}/", {"reason": "核对过，传错了"}).status_code == 302
    with acting(officer):
        decided = Disposal.objects.get()
    decide(group, decided)
    assert is_gone(group, row)
    with acting(officer):
        task.refresh_from_db()
    assert task.done_at is not None


def test_who_may_propose_removes_and_proposes_at_once(group: Group, li: Customer) -> None:
    row = general(group.sales_a, li)
    officer = data_officer(group)
    with acting(officer):
        remove_attachment(attachment_id=row.pk, reason="不再需要了", actor=officer, at=AT)
        assert Disposal.objects.get().state == Disposal.State.OPEN
        # Where it isn't allowed, somebody has to decide what becomes of it.
        assert Task.objects.get(kind="files.after_removal", done_at=None).subject_id == row.pk


def test_nothing_is_opened_or_shown_of_who_is_stored_only(group: Group, li: Customer, client: Client) -> None:
    row = general(group.sales_a, li)
    officer = data_officer(group)
    assert li.subject_id is not None
    with acting(officer):
        freeze_subject(subject_id=li.subject_id, fields=["file.content"], reason="期限届满", actor=officer, at=AT)
    with acting(group.sales_a), pytest.raises(Refused) as refusal:
        open_attachment(attachment_id=row.pk, purpose="sales", actor=group.sales_a, at=AT)
    assert refusal.value.code == "subject_frozen"
    with pytest.raises(Refused) as added:
        general(group.sales_a, li, "又一份.pdf", PDF + b"3")
    assert added.value.code == "value_frozen"
    sign_in(client, "xiaoshou.a")
    page = client.get(f"/customers/{li.pk}/").content.decode()
    assert "合同.pdf" not in page and "附件仅存储" in page


def find(group: Group) -> Cleanup:
    officer = data_officer(group)
    with acting(officer):
        return start_cleanup(entity_id=officer.entity_id, on=day_of(AT), actor=officer, at=AT)


def test_the_cleanup_finds_the_one_file_that_came_in_untold_and_only_that_goes(group: Group, li: Customer) -> None:
    good, bad = general(group.sales_a, li), general(group.sales_a, li, "旧.pdf", PDF + b"2")
    officer = data_officer(group)
    came_in_untold(group, bad)
    found = find(group)
    assert found.records["file"] == 2
    assert found.counts == {"file.content": {"found": 1, "frozen": 0, "why": {"privacy.told_first": 1}}}
    with acting(officer):
        made = propose_found(cleanup_id=found.pk, basis="unlawful", reason=WHY, actor=officer, at=AT)
    assert made.disposal is not None
    decide(group, made.disposal)
    assert is_gone(group, bad) and not is_gone(group, good)
    with acting(officer), reading(officer, purpose="compliance", on=day_of(AT)) as seen:
        assert seen.customer(li.pk).shown_name == "李小明"


def test_the_cleanup_freezes_files_with_their_person(group: Group, li: Customer) -> None:
    row = general(group.sales_a, li)
    officer = data_officer(group)
    came_in_untold(group, row)
    found = find(group)
    with acting(officer):
        freeze_found(cleanup_id=found.pk, reason=WHY, actor=officer, at=AT)
        assert "file.content" in Subject.objects.get(pk=li.subject_id).frozen_fields


def test_files_go_when_their_time_is_over(group: Group, li: Customer) -> None:
    general(group.sales_a, li)
    with acting(group.sales_a):
        Customer.objects.filter(pk=li.pk).update(ended_on=day_of(AT) - timedelta(days=365 * 4))
    found = find(group)
    assert found.counts["file.content"]["why"] == {"privacy.delete_when_over": 1}


def test_numbers_in_the_name_are_masked_in_the_log_too(group: Group, li: Customer) -> None:
    allow_sensitive(group)
    consent_to_sensitive(group.sales_a, li)
    row = put(group.sales_a, li, f"{IDENTITY}.pdf").attachment
    with acting(group.sales_a):
        assert IDENTITY not in str([(one.old, one.new) for each in history_of(row) for one in each.changes])
        with pytest.raises(Missing):
            open_attachment(attachment_id=li.pk, purpose="sales", actor=group.sales_a, at=AT)

"""What was deleted, withdrawn, refused, frozen or sent after the moment of a restore stays so (恢复后的重放)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from guiju.archives.models import Disposal, DisposalItem
from guiju.archives.services.holds import lift_hold, place_hold
from guiju.customers.models import Customer
from guiju.customers.services.customers import change_customer
from guiju.customers.services.intake import How
from guiju.customers.values import values_of
from guiju.database.scope import scope
from guiju.evidence.models import Entry
from guiju.evidence.selectors import GONE_BY_LAW
from guiju.evidence.services import Act
from guiju.notifications.models import Attempt, Notice, Sort
from guiju.notifications.services.digests import post_digests
from guiju.notifications.services.replaying import HELD_BACK
from guiju.notifications.services.settling import settle_uncertain
from guiju.notifications.tests.factories import (
    CUSTOMER,
    STAFF,
    again,
    approve_texts,
    send_all,
    set_channel,
    set_gateway,
    tell,
    tell_member,
)
from guiju.notifications.tests.gateway import Gateway, gateway
from guiju.organisations.models import Member, User
from guiju.organisations.selectors import acting
from guiju.organisations.services import register_company
from guiju.organisations.tests.factories import AT, Group, details, join
from guiju.privacy.models import Consent, Refusal, Subject
from guiju.privacy.services.freezing import unfreeze_subject
from guiju.privacy.services.refusals import write_refusal
from guiju.safekeeping.models import Restoration
from guiju.work.models import Approval
from tests.restored import LATER, MOMENT, NOW, Two, agree, freeze, installation, withdraw


@pytest.fixture
def two(group: Group) -> Two:
    return installation(group)


def test_what_was_erased_after_the_moment_is_erased_again_in_every_version(two: Two) -> None:
    li = two.add()
    with acting(two.group.sales_a):
        change_customer(customer_id=li.pk, values={"phone": "13900139000"}, how=How(), actor=two.group.sales_a, at=AT)
    with two.afterwards():
        two.decide(two.propose(li, "person.phone"))
        assert "13800138000" not in two.kept(li)
    assert "13800138000" in two.kept(li) and "13900139000" in two.kept(li)

    made = two.settle()

    assert "13800138000" not in two.kept(li) and "13900139000" not in two.kept(li)
    assert "李小明" in two.kept(li) and GONE_BY_LAW in two.kept(li)
    assert made.replayed == {"archives.disposals": 1}
    with two.seeing():
        [again] = Disposal.objects.all()
        assert (again.state, again.done_at, again.decided_by_id) == ("done", NOW, two.archivist.user_id)
        assert again.counts == {"customers.values": 1}
        acts = Entry.objects.filter(action="safekeeping.replay", subject_id=again.pk)
        assert acts.exists() and {one.actor_id for one in acts} == {None}


def test_who_was_erased_as_a_whole_is_erased_again_though_a_hold_of_then_still_stands(two: Two) -> None:
    li = two.add("13800138000", "marketing")
    assert li.subject_id is not None
    with acting(two.officer):
        hold = place_hold(
            entity_id=two.officer.entity_id,
            subject_id=li.subject_id,
            sort="dispute",
            reason="争议未决",
            actor=two.officer,
            at=AT,
        )
    with two.afterwards():
        with acting(two.officer):
            lift_hold(hold_id=hold.pk, reason="争议已了结", actor=two.officer, at=LATER)
        two.decide(two.propose(li))

    two.settle()

    with two.seeing():
        assert Subject.objects.get(pk=li.subject_id).erased_at == NOW
        assert values_of(Customer.objects.get(pk=li.pk)) == {"name": "（已删除）"}


def test_a_disposal_that_waited_at_the_moment_is_ended_and_not_asked_for_again(two: Two) -> None:
    li = two.add()
    waiting = two.propose(li, "person.phone", at=AT)
    with two.afterwards():
        two.decide(waiting)

    two.settle()

    with two.seeing():
        assert Disposal.objects.get(pk=waiting.pk).state == "done"
        assert Approval.objects.get(subject_id=waiting.pk).state == "allowed"
        assert [one.state for one in DisposalItem.objects.all()] == ["destroyed"]


def test_who_decided_and_is_not_known_here_becomes_a_name_that_cannot_sign_in(two: Two) -> None:
    li = two.add()
    with two.afterwards():
        late = join(two.group.company_a, "archivist", "dangan.xin", two.group.system_admin, two.group.security_admin)
        two.decide(two.propose(li, "person.phone"), by=late)
    assert not User.objects.filter(username="dangan.xin").exists()

    two.settle()

    known = User.objects.get(username="dangan.xin")
    assert (known.pk, known.is_active, known.has_usable_password()) == (late.user_id, False, False)
    with two.seeing():
        assert Disposal.objects.get().decided_by_id == late.user_id


def test_doing_it_once_more_changes_nothing(two: Two) -> None:
    li = two.add("13800138000", "marketing")
    with two.seeing():
        consent = Consent.objects.get()
    with two.afterwards():
        two.decide(two.propose(li, "person.phone"))
        withdraw(two, consent)
    carried = two.carried
    assert two.settle().replayed == {"archives.disposals": 1, "privacy.withdrawals": 1}

    two.carried = carried
    assert two.settle().replayed == {}


def test_a_consent_withdrawn_after_the_moment_has_ended_when_it_was_withdrawn(two: Two) -> None:
    two.add("13800138000", "marketing")
    with two.seeing():
        consent = Consent.objects.get()
    with two.afterwards():
        withdraw(two, consent)

    assert two.settle().replayed == {"privacy.withdrawals": 1}

    with two.seeing():
        consent.refresh_from_db()
        assert (consent.ended_at, consent.ending) == (LATER, "withdrawn")


def test_a_consent_that_was_joined_and_then_withdrawn_has_ended_too(two: Two) -> None:
    """What was in force at the moment was replaced after it, and its follower withdrawn."""
    li = two.add("13800138000", "marketing")
    with two.afterwards():
        follower = agree(two, li, at=MOMENT + timedelta(hours=1))
        withdraw(two, follower)

    two.settle()

    with two.seeing():
        assert not Consent.objects.filter(ended_at=None).exists()


def test_of_a_separate_consent_only_what_was_taken_back_goes(two: Two) -> None:
    li = two.add()
    fields = ("person.birthday", "person.phone")
    consent = agree(two, li, *fields)
    with two.afterwards():
        withdraw(two, consent, fields[0])

    two.settle()

    with two.seeing():
        consent.refresh_from_db()
        [rest] = Consent.objects.filter(ended_at=None)
        assert (consent.ending, consent.ended_at, rest.fields) == ("narrowed", LATER, [fields[1]])
        assert rest.follows_id == consent.pk


def test_who_consented_again_before_the_newest_stays_as_they_were(two: Two) -> None:
    li = two.add("13800138000", "marketing")
    with two.seeing():
        consent = Consent.objects.get()
    with two.afterwards():
        withdraw(two, consent)
        agree(two, li, at=LATER + timedelta(hours=1))

    assert two.settle().replayed == {}
    with two.seeing():
        assert Consent.objects.get().ended_at is None


def test_a_refusal_and_a_freezing_hold_again_and_an_unfreezing_does_not(two: Two) -> None:
    li, wang, zhao = two.add(), two.add("13800138001"), two.add("13800138002")
    freeze(two, wang, at=AT)
    with two.afterwards():
        freeze(two, li)
        freeze(two, zhao, "person.phone")
        with acting(two.officer):
            assert wang.subject_id is not None
            unfreeze_subject(subject_id=wang.subject_id, reason="可以使用了", actor=two.officer, at=LATER)
        with acting(two.group.sales_a):
            write_refusal(
                ["13800138009"],
                entity_id=two.group.company_a.pk,
                way=Refusal.Way.STAFF,
                act=_act(two.group.sales_a),
                proof="录音 0012 号",
            )

    assert two.settle().replayed == {"privacy.frozen": 2, "privacy.refusals": 1}

    with two.seeing():
        by_id = {one.pk: one for one in Subject.objects.all()}
        assert by_id[li.subject_id].frozen_at == LATER and by_id[wang.subject_id].frozen_at == AT
        assert by_id[zhao.subject_id].frozen_fields.keys() == {"person.phone"}
        [refusal] = Refusal.objects.all()
        assert (refusal.at, refusal.by_id) == (LATER, two.group.sales_a.user_id)
        assert refusal.proof == "录音 0012 号"


def _act(actor: Member) -> Act:
    return Act("privacy.refuse", actor, LATER)


@pytest.fixture
def sms(two: Two) -> Iterator[Gateway]:
    with gateway() as found:
        set_gateway(two.group.company_a, found)
        approve_texts(two.group.company_a, CUSTOMER.code)
        yield found


def test_what_waited_is_uncertain_and_is_sent_only_when_somebody_says_so(two: Two, sms: Gateway) -> None:
    waiting = tell(two.group.company_a, at=AT)
    tell_member(two.group.sales_a, at=AT)

    assert two.settle().uncertain == 1

    send_all(at=NOW + timedelta(minutes=1))
    assert sms.seen == []
    waiting = again(waiting)
    assert (waiting.state, waiting.trouble) == ("uncertain", HELD_BACK)
    people = two.group.system_admin, two.group.security_admin
    head = join(two.group.company_a, "compliance", "hegui.a", *people)
    with acting(head):
        settle_uncertain(notice_id=waiting.pk, has_arrived=False, reason="电话问过，没有收到", actor=head, at=NOW)
    send_all(at=NOW + timedelta(minutes=2))
    assert len(sms.seen) == 1 and again(waiting).state == "sent"


def test_what_was_being_sent_is_uncertain_even_where_the_channel_knows_repeats(two: Two, sms: Gateway) -> None:
    """It knows them for hours, and a restore may come after days."""
    cut = tell(two.group.company_a, at=AT)
    with two.seeing():
        Notice.objects.filter(pk=cut.pk).update(state="sending", due_at=None)
        attempt(cut, "begun")

    assert two.settle().uncertain == 1

    send_all(at=NOW + timedelta(minutes=1))
    assert sms.seen == [] and again(cut).state == "uncertain"
    with two.seeing():
        assert [one.state for one in Attempt.objects.filter(notice=cut)] == ["uncertain"]


def attempt(notice: Notice, state: str) -> Attempt:
    return Attempt.objects.create(
        entity_id=notice.entity_id,
        notice=notice,
        number=1,
        sort=Sort.SMS,
        channel_id=notice.entity_id,
        channel_since=AT,
        key=notice.pk,
        state=state,
        began_at=AT,
    )


def test_what_went_out_after_the_moment_is_known_and_not_told_again(two: Two, sms: Gateway) -> None:
    waiting = tell(two.group.company_a, at=AT, key="duty:1")
    with two.afterwards():
        later = tell(two.group.company_a, at=LATER, key="duty:2", phone="13800138007")
        send_all(at=LATER)
        assert len(sms.seen) == 2

    made = two.settle()

    assert (made.replayed, made.uncertain) == ({"notifications.sent": 2}, 0)
    assert again(waiting).state == again(later).state == "sent"
    # The clock comes to the same occasion again.
    assert tell(two.group.company_a, at=NOW, key="duty:2").pk == later.pk
    send_all(at=NOW + timedelta(minutes=1))
    assert len(sms.seen) == 2


def test_what_stood_in_a_digest_after_the_moment_is_not_in_the_next_one(two: Two, sms: Gateway) -> None:
    set_channel(two.group.company_a, Sort.SMTP, "", host="127.0.0.1", port=1)
    two.group.sales_a.user.email = "a@example.cn"
    two.group.sales_a.user.save(update_fields=["email"])
    waiting = tell_member(two.group.sales_a, STAFF, at=MOMENT - timedelta(hours=1))
    assert again(waiting).state == "digest"
    with two.afterwards():
        assert post_digests(at=NOW - timedelta(minutes=1)) == 1

    assert two.settle().replayed == {"notifications.digested": 1}

    assert again(waiting).state == "inbox"
    assert post_digests(at=NOW + timedelta(days=1)) == 0


def test_the_restore_itself_stands_in_the_log(two: Two) -> None:
    settle_restored_again = two.settle(newest_at=None, without_replay="最新的全量备份已损坏", left_size=None)

    with two.seeing():
        [made] = Restoration.objects.all()
        assert made == settle_restored_again
        assert (made.account, made.place, made.moment) == ("root", "/mnt/备份", MOMENT)
        assert (made.without_replay, made.newest_at) == ("最新的全量备份已损坏", None)
        assert Entry.objects.filter(action="safekeeping.settle_restored", subject_id=made.pk).exists()


def test_of_a_company_that_is_not_here_yet_nothing_is_done_again(two: Two) -> None:
    with two.afterwards(), acting(two.group.system_admin):
        new = register_company(
            details=details(name="丙新设有限公司", parent_id=two.group.headquarters.pk),
            actor=two.group.system_admin,
            at=LATER,
        )
        with scope(entities={new.pk}):
            write_refusal(["13800138009"], entity_id=new.pk, way=Refusal.Way.STAFF, act=_act(two.group.system_admin))
    assert [one["code"] for one in two.carried] == ["privacy.refusals"]

    assert two.settle().replayed == {}

"""Whatever two customers are: merged and parted they are as before, and merged nobody consents to more than they did."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from django.db import connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from guiju.customers.models import Customer, Merge, Note
from guiju.customers.services.bulk import tag_many
from guiju.customers.services.notes import NoteDetails, add_note
from guiju.customers.tests.merging import AFTERWARDS, LATER, merge, part, person, reload
from guiju.database.provision import Database
from guiju.database.scope import scope
from guiju.evidence.registry import committed_values
from guiju.kernel.errors import GuijuError
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, make_group
from guiju.privacy.models import Consent, ConsentRequest, PrivacyNotice, Subject
from guiju.privacy.selectors.consents import standing_of
from guiju.privacy.tests.factories import publish

MINUTE = timedelta(minutes=1)
FIELDS = ("person.health", "person.identity_number")

Said = tuple[str, tuple[str, ...], int, int | None]
SAID = st.tuples(
    st.sampled_from(("marketing", "service")),
    st.sampled_from(((), (FIELDS[0],), FIELDS)),
    st.integers(0, 9),
    st.none() | st.integers(0, 9),
)
"""A consent: its purpose, fields, the minute in which it was given, and how long it lasted."""

PERSON = st.fixed_dictionaries(
    {
        "values": st.fixed_dictionaries(
            {}, optional={"company": st.sampled_from(("甲店", "乙店")), "wechat": st.sampled_from(("wx_one", "wx_two"))}
        ),
        "tags": st.lists(st.sampled_from("甲乙丙"), max_size=2, unique=True),
        "notes": st.integers(0, 1),
        "said": st.lists(SAID, max_size=3, unique_by=lambda one: (one[0], bool(one[1]))),
        "frozen": st.lists(st.sampled_from(("person.email", "person.region")), max_size=1),
        "no": st.none() | st.integers(0, 9),
    }
)


def enter(actor: Member, name: str, wanted: dict[str, Any]) -> Customer:
    customer = person(actor, name, **wanted["values"])
    with acting(actor):
        for tag in wanted["tags"]:
            tag_many(customers=[customer.pk], tag=tag, actor=actor, at=AT)
        frozen = {name: {"since": AT.isoformat(), "because": "核查中"} for name in wanted["frozen"]}
        Subject.objects.filter(pk=customer.subject_id).update(frozen_fields=frozen)
        for _ in range(wanted["notes"]):
            add_note(customer_id=customer.pk, details=NoteDetails("来过", "visit"), actor=actor, at=AT)
        usual = {"entity_id": customer.entity_id, "subject_id": customer.subject_id}
        usual["notice_id"] = PrivacyNotice.objects.get().pk
        for purpose, fields, start, lasted in wanted["said"]:
            begin, length = AT + start * MINUTE, lasted
            if purpose == "marketing" and lasted is None and wanted["no"] is not None and start <= wanted["no"]:
                # Who says no to a purpose ends what they agreed to before.
                length = wanted["no"] - start
            Consent.objects.create(
                **usual,
                kind="separate" if fields else "consent",
                purpose=purpose,
                fields=list(fields),
                channel="paper",
                proof="同意书",
                given_at=begin,
                recorded_at=begin,
                ended_at=None if length is None else begin + length * MINUTE,
                ending="" if length is None else "withdrawn",
            )
        if wanted["no"] is not None:
            ConsentRequest.objects.create(
                **usual,
                items=[{"purpose": "marketing", "fields": []}],
                digest="0" * 64,
                made_at=AT,
                expires_at=LATER,
                answered_at=AT + wanted["no"] * MINUTE,
                answers=[False],
            )
    return customer


def snapshot(customers: Iterable[Customer]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in reload(*customers):
        of_person = {"subject_id": row.subject_id}
        rows: list[Any] = [
            row,
            row.subject,
            *Consent.objects.filter(**of_person).exclude(ending="entered_wrongly"),
            *ConsentRequest.objects.filter(**of_person),
            *Note.objects.filter(customer=row),
        ]
        for one in rows:
            values = committed_values(one)
            values.pop("changed_at", None)
            found[f"{type(one).__name__} {one.pk}"] = values
        found[f"touch {row.pk}"] = row.last_touch_at
    return found


def noes(customer: Customer) -> list[tuple[str, Any]]:
    taken_back = Consent.objects.filter(subject_id=customer.subject_id, ending="withdrawn", fields=[])
    answered = ConsentRequest.objects.filter(subject_id=customer.subject_id)
    return [*taken_back.values_list("purpose", "ended_at"), *(("marketing", one.answered_at) for one in answered)]


# Each example writes a few dozen rows: to shrink one takes minutes and tells little more.
@settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(one=PERSON, other=PERSON, data=st.data())
def test_merged_nobody_consents_to_more_and_parted_all_is_as_before(
    group: Group, one: dict[str, Any], other: dict[str, Any], data: st.DataObject
) -> None:
    with transaction.atomic():
        publish(group)
        seller = group.sales_a
        kept, gone = enter(seller, "李小明", one), enter(seller, "李晓明", other)
        taken = data.draw(st.sets(st.sampled_from(["name", *sorted(other["values"])])))
        with acting(seller):
            before = snapshot((kept, gone))
            was = {pk: standing_of(pk) for pk in (kept.subject_id, gone.subject_id) if pk}
            said = [*noes(kept), *noes(gone)]
        made = merge(kept, gone, seller, *sorted(taken))
        with acting(seller):
            assert kept.subject_id is not None and gone.subject_id is not None
            now = standing_of(kept.subject_id)
            assert now.given <= was[kept.subject_id].given | was[gone.subject_id].given
            assert not standing_of(gone.subject_id).given
            for row in Consent.objects.filter(subject_id=kept.subject_id, ended_at=None, fields=[]):
                assert not any(purpose == row.purpose and at >= row.given_at for purpose, at in said)
            for row in Consent.objects.filter(subject_id=kept.subject_id, ended_at=None):
                # Each stays as it was given, or is what a no has left of it.
                assert row.follows_id is not None or f"Consent {row.pk}" in before
        undone = part(made, seller)
        with acting(seller):
            assert list(undone.left) == []
            assert snapshot((kept, gone)) == before
        transaction.set_rollback(True)


def test_two_who_merge_the_same_pair_make_one_merge(own_database: Database) -> None:
    group = make_group()
    publish(group)
    seller = group.sales_a
    kept, gone = person(seller), person(seller, "李晓明")

    def one(number: int) -> str:
        pair = (kept, gone) if number % 2 else (gone, kept)
        try:
            merge(*pair, seller)
        except GuijuError as error:
            return error.code
        finally:
            connections.close_all()
        return "merged"

    with ThreadPoolExecutor(6) as threads:
        answers = sorted(threads.map(one, range(6)))
    assert answers == ["customer_merged"] * 5 + ["merged"]
    with scope(entities={seller.entity_id}):
        made = Merge.objects.get()
        assert Customer.objects.filter(hidden_at=None).count() == 1

    def undo(_: int) -> str:
        try:
            part(made, seller, at=AFTERWARDS)
        except GuijuError as error:
            return error.code
        finally:
            connections.close_all()
        return "parted"

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(undo, range(4))) == ["parted", *["undone_already"] * 3]
    connections.close_all()

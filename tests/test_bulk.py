"""Rows that are written many at a time are the same as those that Django writes one by one."""

from __future__ import annotations

import pickle
from datetime import timedelta

import pytest
from django.forms.models import model_to_dict

from guiju.database.bulk import dump_rows, insert_dumped, insert_rows, update_rows
from guiju.database.models import new_id
from guiju.database.scope import scope
from guiju.notifications.models import Notice
from guiju.organisations.tests.factories import AT, Group

pytestmark = pytest.mark.django_db


def notice(group: Group, key: str) -> Notice:
    return Notice(
        id=new_id(),
        entity=group.company_a,
        kind="x",
        key=key,
        member=None,
        content=b"\x00\xff'\\",
        digest="0" * 64,
        url='"{,}\\',
        route=["sms", "邮件"],
        made_at=AT,
        state=Notice.State.WAITING,
        due_at=AT,
        trouble="NULL",
    )


def test_new_rows_and_changes_are_read_back_as_they_were_given(group: Group) -> None:
    rows = [notice(group, f"k{number}") for number in range(3)]
    with scope(entities={group.company_a.pk}):
        insert_rows(rows)
        found = {one.pk: one for one in Notice.objects.all()}
        for one in rows:
            assert bytes(found[one.pk].content) == one.content
            assert model_to_dict(found[one.pk]) == model_to_dict(one)
        for one in rows:
            one.state, one.due_at, one.route = Notice.State.SENT, None, []
            one.valid_until = AT + timedelta(days=1)
        update_rows(rows[:2], ["state", "due_at", "route", "valid_until"])
        first, second, third = Notice.objects.order_by("key")
    assert [one.state for one in (first, second, third)] == ["sent", "sent", "waiting"]
    assert (first.due_at, first.route, first.valid_until) == (None, [], AT + timedelta(days=1))
    assert third.route == ["sms", "邮件"]


def test_nothing_to_write_asks_nothing() -> None:
    insert_rows([])
    update_rows([], ["state"])


def test_rows_that_were_dumped_are_the_same_but_for_those_that_are_not_kept(group: Group) -> None:
    rows = [notice(group, f"k{number}") for number in range(3)]
    rows[0].valid_until = AT + timedelta(days=1)
    with scope(entities={group.company_a.pk}):
        # As it goes from one process to another; a column comes late, and one has nothing in it.
        dumped = pickle.loads(pickle.dumps(dump_rows(rows, Notice, without={"key"})))
        insert_dumped(dumped, keep=[True, False, True], more={"key": ("text", ["a", "b", "c"])})
        found = {one.pk: one for one in Notice.objects.all()}
        assert [found[one.pk].key for one in rows if one.pk in found] == ["a", "c"]
        for one in (rows[0], rows[2]):
            one.key = found[one.pk].key
            assert model_to_dict(found[one.pk]) == model_to_dict(one)
        insert_dumped(dumped, keep=[False] * 3, more={"key": ("text", ["a", "b", "c"])})
        assert Notice.objects.count() == 2

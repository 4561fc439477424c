"""Changes of keys are ordered, listed and logged (更换密钥); what lies under them is in tests/test_key_changes.py."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guiju.database.models import new_id
from guiju.database.scope import scope
from guiju.evidence.models import Entry
from guiju.kernel.errors import Missing, Refused
from guiju.keys.ring import keyring
from guiju.organisations.tests.factories import AT, Group
from guiju.safekeeping.models import KeyChange
from guiju.safekeeping.selectors.keys import company_with_key, keys_of_companies
from guiju.safekeeping.services.key_changes import (
    change_data_key,
    end_key_change,
    keep_master_change,
    reseal_everything,
)


def of_company_a(group: Group):  # type: ignore[no-untyped-def]
    return next(one for one in keys_of_companies() if one.code == group.company_a.unified_code)


def test_the_list_says_how_far_a_change_has_come_and_the_log_what_was_done(group: Group) -> None:
    keyring().seal(b"x", entity=group.company_a.pk, place=b"p")
    before = of_company_a(group)
    assert (before.earlier, before.resealing, before.algorithm) == (None, None, "AES-256-GCM")

    change = change_data_key(entity_id=group.company_a.pk, account="root", reason="每年 一次", at=AT)
    now = of_company_a(group)
    assert (now.number, now.earlier, now.resealing) == (change.present, before.number, 0)
    with pytest.raises(Refused, match="上一次换密钥还没有完成"):
        change_data_key(entity_id=group.company_a.pk, account="root", reason="又一次", at=AT)

    done = reseal_everything(change_id=change.pk, entity_id=group.company_a.pk)
    assert end_key_change(change_id=change.pk, entity_id=group.company_a.pk, at=AT + timedelta(hours=1))
    # A task may come twice.
    assert end_key_change(change_id=change.pk, entity_id=group.company_a.pk, at=AT + timedelta(hours=2))
    now = of_company_a(group)
    assert (now.number, now.earlier, now.resealing) == (change.present, None, None)
    with scope(entities={group.company_a.pk}):
        kept = KeyChange.objects.get(pk=change.pk)
        told = Entry.objects.filter(action__startswith="safekeeping.").order_by("id").values_list("action", flat=True)
        assert list(told) == ["safekeeping.change_data_key", "safekeeping.end_key_change"]
    assert (kept.ended_at, kept.done, kept.reason) == (AT + timedelta(hours=1), done, "每年 一次")


def test_a_change_of_the_master_key_stands_under_the_group_company(group: Group) -> None:
    made = keep_master_change(account="root", reason="怀疑泄露", began_at=AT, keys=3, at=AT)
    assert (made.entity_id, made.kind, made.done) == (group.headquarters.pk, KeyChange.Kind.MASTER, 3)


def test_bad_orders_are_refused_in_one_sentence(group: Group) -> None:
    for reason, said in (("  ", "写明为什么要换密钥"), ("长" * 201, "200字以内")):
        with pytest.raises(Refused, match=said):
            change_data_key(entity_id=group.company_a.pk, account="root", reason=reason, at=AT)
        with pytest.raises(Refused, match=said):
            keep_master_change(account="root", reason=reason, began_at=AT, keys=3, at=AT)
    with pytest.raises(Missing, match="还没有加密过的数据"):
        change_data_key(entity_id=new_id(), account="root", reason="换", at=AT)
    with pytest.raises(Missing, match="没有统一社会信用代码为"):
        company_with_key("不是\x00代码")
    assert company_with_key(group.company_a.unified_code.lower()).pk == group.company_a.pk

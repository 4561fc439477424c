"""After a restore, what waited is uncertain, and what is void ends by itself."""

from __future__ import annotations

from datetime import timedelta

from guiju.database.scope import scope
from guiju.notifications.models import Code
from guiju.notifications.services import codes
from guiju.notifications.services.replaying import HELD_BACK, hold_back_pending
from guiju.notifications.tests.factories import again, tell
from guiju.organisations.tests.factories import AT, Group

NOW = AT + timedelta(days=1)


def test_what_waits_without_any_channel_is_held_back_too(group: Group) -> None:
    waiting = tell(group.company_a, at=AT)

    assert hold_back_pending(at=NOW) == 1

    assert (again(waiting).state, again(waiting).trouble) == ("uncertain", HELD_BACK)
    assert hold_back_pending(at=NOW) == 0


def test_what_is_void_by_now_is_left_and_no_code_works_any_more(group: Group) -> None:
    with scope(entities={group.company_a.pk}):
        codes.send_code(entity_id=group.company_a.pk, purpose="tests", phone="13800138000", origin="127.0.0.1", at=AT)

    assert hold_back_pending(at=NOW) == 0

    with scope(entities={group.company_a.pk}):
        assert not Code.objects.filter(used_at=None).exists()


def test_what_is_told_by_the_restore_itself_goes_out(group: Group) -> None:
    tell(group.company_a, at=NOW)
    assert hold_back_pending(at=NOW) == 0

"""What a restore could not do again is looked at; `end_looking` writes down what was found (恢复后的核对)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guiju.evidence.services import Act
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group
from guiju.privacy.services.minors import end_every_minor_access
from guiju.privacy.tests.factories import data_officer
from guiju.safekeeping.models import Restoration
from guiju.safekeeping.services.looking import ask_to_look, end_looking


def test_who_sees_to_deletions_ends_it_once_with_what_was_found(group: Group) -> None:
    officer, company = data_officer(group), group.company_a.pk
    with acting(officer):
        task = ask_to_look(company, Restoration(moment=AT), AT)
        assert "2026-11-24 10:00" in task.title
        for found in ("", "短"):
            with pytest.raises(Refused):
                end_looking(task_id=task.pk, found=found, actor=officer, at=AT)
        done = end_looking(task_id=task.pk, found="核对过，重新办了两件", actor=officer, at=AT + timedelta(days=1))
        assert done.outcome == "核对过，重新办了两件"
        # There was nothing to end for who may see minors.
        assert end_every_minor_access(company, Act("safekeeping.replay", None, AT)) == 0
    with acting(group.sales_a), pytest.raises((Missing, NotAllowed)):
        end_looking(task_id=task.pk, found="不是我的事", actor=group.sales_a, at=AT)

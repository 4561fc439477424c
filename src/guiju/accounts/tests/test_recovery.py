"""The way back in from the server itself (服务器恢复)."""

from __future__ import annotations

import pytest
from django.test import Client

from guiju.accounts.origin import Origin
from guiju.accounts.services.links import Activation, activate_account
from guiju.accounts.services.recovery import print_sheets, recover_account
from guiju.kernel.errors import GuijuError, Missing, Refused
from guiju.organisations.models import User
from guiju.organisations.tests.factories import AT, Group, sign_in

NEW = "another-long-secret"


def recover(sheets: list[str], username: str = "anquan", reason: str = "手机丢了") -> object:
    return recover_account(username=username, sheets=sheets, account="root", reason=reason, at=AT)


def test_two_sheets_let_somebody_in_and_are_void_then(group: Group, client: Client) -> None:
    first, _, third = print_sheets(at=AT)
    back = recover([third.lower(), first])
    wanted = Activation("anquan", back.secret, back.code, NEW)
    assert isinstance(activate_account(wanted=wanted, origin=Origin(), at=AT), User)
    with pytest.raises(Refused, match="现在对的有0张"):
        recover([first, third])
    assert len(print_sheets(at=AT, sheets=back.sheets[:2])) == 3


def test_everybody_is_told_for_a_month(group: Group, client: Client) -> None:
    sheets = print_sheets(at=AT)
    recover(list(sheets[:2]))
    page = sign_in(client, "xiaoshou.a").get("/").content.decode()
    assert "从服务器上恢复了安小全的账号" in page and "手机丢了" in page


@pytest.mark.parametrize("shown", [[], [0], [0, 0], ["x", 1]])
def test_less_than_two_sheets_are_not_enough(group: Group, shown: list[object]) -> None:
    sheets = print_sheets(at=AT)
    given = [sheets[one] if isinstance(one, int) else str(one) for one in shown]
    with pytest.raises(Refused, match="要2张不同的恢复单"):
        recover(given)
    with pytest.raises(Refused, match="要2张不同的恢复单"):
        print_sheets(at=AT, sheets=given)


@pytest.mark.parametrize(("username", "reason"), [("nobody", "x"), ("anquan", " ")])
def test_a_recovery_names_a_person_and_a_reason(group: Group, username: str, reason: str) -> None:
    with pytest.raises(GuijuError) as refusal:
        recover(list(print_sheets(at=AT)), username, reason)
    assert isinstance(refusal.value, (Missing, Refused))

"""After a restore nobody is signed in, and no key of before works."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from guiju.accounts.models import AccountLink, Session
from guiju.accounts.services.links import reset_account
from guiju.accounts.services.restored import Ended, end_all_access
from guiju.kernel.errors import NotAllowed
from guiju.organisations.models import Token
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token, member_of_token
from guiju.organisations.tests.factories import AT, Group, sign_in

NOW = AT + timedelta(days=1)


def test_sessions_tokens_and_links_end(group: Group, client: Client) -> None:
    sales, admin = group.sales_a, group.system_admin
    sign_in(client, sales.user.username)
    with acting(sales):
        secret = create_token(member=sales, name="脚本", days=30, at=AT)
    with acting(admin):
        reset_account(member=sales, drops_factor=False, actor=admin, at=AT)

    assert end_all_access(at=NOW) == Ended(sessions=1, tokens=1, links=1)

    assert not Session.objects.exists() and not Token.objects.filter(revoked_at=None).exists()
    assert not AccountLink.objects.filter(expires_at__gt=NOW).exists()
    assert client.get("/").status_code == 302
    with pytest.raises(NotAllowed, match="访问令牌无效"):
        member_of_token(secret, at=NOW)
    assert end_all_access(at=NOW) == Ended(0, 0, 0)

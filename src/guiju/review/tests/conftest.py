"""A group with a marketer and a lawyer, who propose and decide words."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client

from guiju.organisations.models import Member
from guiju.organisations.tests.factories import Group, join, sign_in


@dataclass(frozen=True)
class People:
    marketer: Member
    lawyer: Member


@pytest.fixture
def people(group: Group) -> People:
    return People(
        join(group.company_a, "marketing", "yingxiao.a", group.system_admin, group.security_admin),
        join(group.headquarters, "legal", "fawu", group.system_admin, group.security_admin),
    )


@pytest.fixture
def sales(group: Group, client: Client) -> Client:
    sign_in(client, "xiaoshou.a")
    return client

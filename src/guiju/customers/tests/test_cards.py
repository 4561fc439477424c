"""Who answers for marketing sees on the dashboard how many consent to it, and opens them."""

from __future__ import annotations

import html
import re

from django.test import Client

from guiju.customers.tests.merging import firm, person
from guiju.organisations.tests.factories import Group, join, sign_in
from guiju.privacy.tests.factories import given, publish


def test_how_many_consent_to_marketing_opens_the_list_of_them(group: Group, client: Client) -> None:
    publish(group)
    for name in ("李小明", "王芳"):
        person(group.sales_a, name, consents=(given("marketing"),))
    person(group.sales_a, "周晓")
    firm(group.sales_a)
    join(group.company_a, "marketing", "yingxiao.a", group.system_admin, group.security_admin)
    sign_in(client, "yingxiao.a")
    page = html.unescape(client.get("/").content.decode())
    [(address, count)] = re.findall(r'<a href="(/customers/\?[^"]*consent=marketing)">(\d+)</a>', page)
    listed = client.get(address).content.decode()
    assert count == "2" and f"{count} 位" in listed and "周晓" not in listed
    sign_in(client, "xiaoshou.a")
    assert "同意营销的客户" not in client.get("/").content.decode()

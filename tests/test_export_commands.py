"""Lists of any length go out by command, narrowed as the page does it: customers, contacts, orders, opportunities."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.utils import timezone

from guiju.customers.services.contacts import add_contact
from guiju.customers.services.intake import How
from guiju.customers.services.lists import save_list
from guiju.customers.tests.merging import firm, person
from guiju.kernel.errors import GuijuError, Refused
from guiju.orders.tests.factories import a_shop, some_customer, some_order, some_product
from guiju.organisations.models import Disclosure
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, join
from guiju.sales.cli import exporting
from guiju.sales.tests.factories import offer

REASON = "--reason=月度回访名单"


@pytest.fixture
def secret(group: Group) -> str:
    a_shop(group)
    with acting(group.sales_a):
        return create_token(member=group.sales_a, name="x", days=1, at=timezone.now())


def taken(secret: str, tmp_path: Path, what: str, *asked: str) -> list[list[str]]:
    """The lines of the file below its header, without the mark."""
    file = tmp_path / f"{what}{sum(1 for _ in tmp_path.iterdir())}.csv"
    result = CliRunner().invoke(exporting, [what, str(file), REASON, *asked], obj=secret)
    if result.exception:
        raise result.exception
    assert result.exit_code == 0, result.output
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return [line[:-1] for line in csv.reader(lines)][1:]


def test_customers_are_narrowed_as_on_the_page_and_by_a_kept_list(group: Group, secret: str, tmp_path: Path) -> None:
    seller = group.sales_a
    person(seller, "王丽", phone="13911112222", level="a", source="online")
    company = firm(seller, "某某制造", level="a")
    with acting(seller):
        add_contact(
            customer_id=company.pk, values={"name": "赵经理", "phone": "13711113333"}, how=How(), actor=seller, at=AT
        )
        save_list(name="重点", query={"level": "a", "sort": "name"}, is_shared=False, actor=seller, at=AT)

    def names(*asked: str) -> list[str]:
        return [line[0] for line in taken(secret, tmp_path, "customers", "--purpose=sales", *asked)]

    assert names("--kind=company") == ["某某制造"]
    assert names("--level=a", "--source=online") == ["王丽"]
    assert names("--list=重点") == ["某某制造", "王丽"]
    assert names("--list=重点", "--kind=person") == ["王丽"]
    assert set(names()) == {"李小明", "王丽", "某某制造"}
    [contact] = taken(secret, tmp_path, "customers", "--purpose=sales", "--contacts")
    assert contact[:4] == ["某某制造", "赵经理", "是", "13711113333"]
    with pytest.raises(GuijuError, match="没有叫“没有”的筛选"):
        names("--list=没有\x00")


def test_orders_and_opportunities_go_out_by_command(group: Group, secret: str, tmp_path: Path) -> None:
    seller = group.sales_a
    customer, product = some_customer(seller, "王丽"), some_product(group)
    first = some_order(seller, customer, product, number="A1", ordered_on=date(2026, 10, 1))
    some_order(seller, customer, product, number="A2")
    assert [line[0] for line in taken(secret, tmp_path, "orders")] == ["A2", "A1"]
    assert [line[0] for line in taken(secret, tmp_path, "orders", "--until=2026-10-31")] == [first.number]
    assert [line[0] for line in taken(secret, tmp_path, "orders", "--search=A2", "--state=open")] == ["A2"]
    deal = offer(seller, customer)
    assert [line[0] for line in taken(secret, tmp_path, "opportunities", "--owner=me")] == [deal.name]
    with acting(seller):
        assert set(Disclosure.objects.values_list("code", "purpose")) == {
            ("order.export", "orders"),
            ("opportunity.export", "sales"),
        }


def test_who_may_not_take_out_gets_nothing_and_an_odd_ending_is_refused(
    group: Group, secret: str, tmp_path: Path
) -> None:
    with pytest.raises(GuijuError, match=r"以 \.xlsx 或 \.csv 结尾"):
        CliRunner().invoke(exporting, ["orders", str(tmp_path / "x.txt"), REASON], obj=secret, catch_exceptions=False)
    reader = join(group.company_a, "inspector", "jiancha.a", group.system_admin, group.security_admin)
    with acting(reader):
        theirs = create_token(member=reader, name="x", days=1, at=timezone.now())
    for what in ("orders", "opportunities"):
        with pytest.raises(GuijuError):
            taken(theirs, tmp_path, what)


def test_the_help_says_purposes_in_words() -> None:
    told = CliRunner().invoke(exporting, ["customers", "--help"]).output
    assert "销售跟进" in told and "营销" in told


@pytest.mark.parametrize("what", ["customers", "orders", "opportunities"])
def test_a_file_of_the_same_name_is_written_over_only_when_told_so(
    group: Group, secret: str, tmp_path: Path, what: str
) -> None:
    customer = some_customer(group.sales_a, "王丽")
    some_order(group.sales_a, customer, some_product(group))
    offer(group.sales_a, customer)
    file = tmp_path / "名单.csv"
    file.write_text("别的")
    file.chmod(0o644)
    asked = [what, str(file), REASON, "--purpose=orders" if what == "orders" else "--purpose=sales"]
    refused = CliRunner().invoke(exporting, asked, obj=secret)
    assert isinstance(refused.exception, Refused) and refused.exception.code == "file_there"
    with acting(group.sales_a):
        assert file.read_text() == "别的" and not Disclosure.objects.exists()
    assert CliRunner().invoke(exporting, [*asked, "--force"], obj=secret).exit_code == 0
    assert "别的" not in file.read_text("utf-8-sig") and file.stat().st_mode & 0o777 == 0o600

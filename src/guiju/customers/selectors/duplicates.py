"""Customers of a company that are likely the same (查重): grouped by what they have alike, with why.

Each ground is one question to the database, answered by hashing or by an index, never by comparing all with all.
Across companies nothing is compared (个人信息保护法 第二十三条).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Concat

from guiju.customers.models import Contact, Customer
from guiju.customers.selectors.finding import CustomerFilter, is_usable
from guiju.customers.selectors.reading import RESOURCE, Reading
from guiju.database.scope import require_scope
from guiju.organisations.permissions import treatment_of
from guiju.organisations.registry import Treatment

PAGE = 25
MOST_IN_A_GROUP = 20
SHORTEST_NAME = 2


class PlainName(Func):
    """A name as it is compared: full width as half, no case, no spaces, no marks."""

    template = "regexp_replace(lower(normalize(%(expressions)s, NFKC)), '[[:space:][:punct:]·•]+', '', 'g')"
    output_field = TextField()


class PlainCompany(Func):
    """A plain name of a company without its form, which says what it is and not which."""

    template = (
        "regexp_replace(%(expressions)s,"
        " '(股份有限公司|有限责任公司|集团有限公司|有限公司|集团公司|公司|集团|coltd)$', '')"
    )
    output_field = TextField()


@dataclass(frozen=True)
class Ground:
    """Why customers look alike: what it is called, and pairs of a key and a customer to be grouped by it.

    Of several questions each is grouped by itself: people and companies are never the same.
    """

    code: str
    label: str
    pairs: Callable[[Reading], list[QuerySet[Any]]]


@dataclass(frozen=True)
class Group:
    """Customers that have something alike, the oldest first; `count` may be more than are shown."""

    customers: tuple[Customer, ...]
    count: int


def _mine(seen: Reading, *names: str) -> QuerySet[Customer]:
    """The customers of the member's own company in sight of whom nothing that is compared is stored only."""
    rows = seen.customers().filter(entity_id=seen.member.entity_id).order_by()
    return rows.filter(is_usable(*names)).select_related(None)


def _by_phone(seen: Reading) -> list[QuerySet[Any]]:
    """The phone of a person; of a company those of its contacts."""
    entity_id = seen.member.entity_id
    if treatment_of(seen.member, RESOURCE, "phone", seen.sight, entity_id) is Treatment.HIDDEN:
        # Whoever sees nothing of a phone doesn't find out either who shares it.
        return []
    people = _mine(seen, "person.phone").filter(phone_key__isnull=False, kind=Customer.Kind.PERSON)
    companies = _mine(seen).filter(kind=Customer.Kind.COMPANY)
    contacts = Contact.objects.filter(
        is_usable("contact.phone"), entity_id=entity_id, ended_at=None, phone_key__isnull=False, customer__in=companies
    )
    return [people.values_list("phone_key", "pk"), contacts.order_by().values_list("phone_key", "customer_id")]


def _by_mark(code: str, category: str, column: str, seen: Reading) -> list[QuerySet[Any]]:
    """What lies sealed of persons, by its blind index."""
    if treatment_of(seen.member, RESOURCE, category, seen.sight, seen.member.entity_id) is Treatment.HIDDEN:
        return []
    people = _mine(seen, f"person.{code}").filter(kind=Customer.Kind.PERSON, **{f"{column}__isnull": False})
    return [people.values_list(column, "pk")]


def _by_code(seen: Reading) -> list[QuerySet[Any]]:
    """The unified credit code of a company, where it lies in the clear."""
    companies = _mine(seen).filter(kind=Customer.Kind.COMPANY, extra__has_key="unified_code")
    return [companies.values_list(KeyTextTransform("unified_code", "extra"), "pk")]


def _by_company_name(seen: Reading) -> list[QuerySet[Any]]:
    companies = _mine(seen).filter(kind=Customer.Kind.COMPANY)
    return [companies.values_list(PlainCompany(PlainName(F("name"))), "pk")]


def _by_person(seen: Reading) -> list[QuerySet[Any]]:
    """The same name at the same company: many people are called 张伟, few of them work at one place."""
    people = _mine(seen, "person.name", "person.company").filter(kind=Customer.Kind.PERSON, extra__has_key="company")
    company = PlainCompany(PlainName(KeyTextTransform("company", "extra")))
    return [people.values_list(Concat(PlainName(F("name")), Value("/"), company, output_field=TextField()), "pk")]


GROUNDS = {
    one.code: one
    for one in (
        Ground("phone", "手机相同", _by_phone),
        Ground("email", "电子邮箱相同", partial(_by_mark, "email", "email", "email_key")),
        Ground("identity", "证件号码相同", partial(_by_mark, "identity_number", "id_card", "identity_key")),
        Ground("person", "姓名和单位相同", _by_person),
        Ground("company", "单位名称相近", _by_company_name),
        Ground("code", "统一社会信用代码相同", _by_code),
    )
}


def likely_same(seen: Reading, ground: str, *, page: int = 1) -> tuple[list[Group], bool]:
    """A page of groups of customers that are likely the same, the largest first, and whether there are more.

    A group of which every pair was said not to be the same is left out.
    """
    require_scope()
    pairs = GROUNDS[ground].pairs(seen)
    if not pairs:
        return [], False
    wanted, parameters = [], []
    for place, rows in enumerate(pairs):
        sql, some = rows.query.sql_with_params()
        wanted.append(f"SELECT key, id, {place} AS place FROM ({sql}) AS one (key, id)")
        parameters += list(some)
    with connection.cursor() as cursor:
        cursor.execute(
            _GROUPED.format(pairs=" UNION ALL ".join(wanted)),
            [*parameters, SHORTEST_NAME, seen.member.entity_id, PAGE + 1, (page - 1) * PAGE],
        )
        found: list[tuple[list[UUID], int]] = cursor.fetchall()
    shown = found[:PAGE]
    rows_by_id = seen.customers().in_bulk([pk for ids, _ in shown for pk in ids[:MOST_IN_A_GROUP]])
    groups = [Group(_in_order(ids, rows_by_id), count) for ids, count in shown]
    return groups, len(found) > PAGE


def _in_order(ids: Sequence[UUID], rows: dict[UUID, Customer]) -> tuple[Customer, ...]:
    return tuple(rows[pk] for pk in ids[:MOST_IN_A_GROUP] if pk in rows)


# Ids grow with time: in their order the oldest stands first.
_GROUPED = """
SELECT ids, count FROM (
    SELECT key, array_agg(DISTINCT id ORDER BY id) AS ids, count(DISTINCT id) AS count
    FROM ({pairs}) AS pairs WHERE length(key) >= %s GROUP BY place, key HAVING count(*) > 1
) AS alike
WHERE count > 1 AND count * (count - 1) / 2 > (
    SELECT count(*) FROM customers_notsame AS said
    WHERE said.entity_id = %s AND said.one_id = ANY (ids) AND said.other_id = ANY (ids)
)
ORDER BY count DESC, ids LIMIT %s OFFSET %s
"""


def alike_with(seen: Reading, customer: Customer, words: str) -> QuerySet[Customer]:
    """Others of the same kind and company that somebody looks for, to be merged with one."""
    rows = CustomerFilter(words).of(seen.customers(), seen)
    return rows.filter(Q(kind=customer.kind, entity_id=customer.entity_id)).exclude(pk=customer.pk)

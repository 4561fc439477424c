"""A small group for tests: a headquarters, two companies, a few people."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from uuid import UUID, uuid4

from django.apps import apps
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.test import Client

from guiju.database.scope import scope
from guiju.kernel.identifiers import unified_code
from guiju.keys.models import DataKey
from guiju.organisations.models import Entity, Member, Role, User
from guiju.organisations.selectors import acting
from guiju.organisations.services import CompanyDetails, register_company
from guiju.organisations.services.assessing import Answers
from guiju.organisations.services.people import add_member, make_user
from guiju.organisations.services.roles import grant_role
from guiju.organisations.services.setup import Administrator, set_up

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
PASSWORD = "correct-horse-battery"
ASSESSED = Answers(
    "由集团的专业团队办理，只看办理需要的内容",
    "另一家公司的人看得到，泄露会造成困扰",
    "按岗位授权、脱敏、留痕，协议约定保密",
)
"""The impact assessment of a relation."""

_serial = count(1)


def new_code(region: str = "330106") -> str:
    """A valid code that no other test has."""
    return unified_code.make(region, next(_serial))


def details(**changes: object) -> CompanyDetails:
    """A company that can be registered below `parent_id`."""
    values: dict[str, object] = {
        "name": f"测试公司{next(_serial)}",
        "unified_code": new_code(),
        "region": "330106",
        "sector": "food",
        "went_live_on": date(2026, 1, 31),
        "parent_id": None,
    }
    return CompanyDetails(**{**values, **changes})  # type: ignore[arg-type]


@dataclass(frozen=True)
class Group:
    headquarters: Entity
    company_a: Entity
    company_b: Entity
    system_admin: Member
    security_admin: Member
    compliance: Member
    sales_a: Member
    sales_b: Member


def make_group() -> Group:
    headquarters = set_up(
        instance=uuid4(),
        kind="production",
        group=details(name="甲乙集团有限公司", sector="general"),
        administrators=[
            Administrator("system_admin", "xitong", "系小统", PASSWORD),
            Administrator("security_admin", "anquan", "安小全", PASSWORD),
            Administrator("audit_admin", "shenji", "审小计", PASSWORD),
        ],
        at=AT,
    )
    with scope(entities={headquarters.pk}, trees={headquarters.pk}):
        admin, security = (
            Member.objects.select_related("user", "entity").get(user__username=name) for name in ("xitong", "anquan")
        )
    with acting(admin):
        a, b = (
            register_company(details=details(name=name, parent_id=headquarters.pk), actor=admin, at=AT)
            for name in ("甲食品有限公司", "乙零售有限公司")
        )
    return Group(
        headquarters,
        a,
        b,
        admin,
        security,
        join(headquarters, "compliance", "hegui", admin, security),
        join(a, "sales", "xiaoshou.a", admin, security),
        join(b, "sales", "xiaoshou.b", admin, security),
    )


@dataclass(frozen=True)
class _Kept:
    """A group and the rows that making it left: a table and a JSON array of its rows, in the order of writing."""

    group: Group
    rows: list[tuple[str, str]]

    def bring_back(self) -> Group:
        with scope(entities=self._companies, trees=self._companies), connection.cursor() as cursor:
            for table, rows in self.rows:
                # Keys are committed apart from the test that made them, and may be there still.
                once = "ON CONFLICT DO NOTHING" if table == DataKey._meta.db_table else ""
                cursor.execute(
                    f"INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, %s) {once}", [rows]
                )
            # The queue of the sequencer can't be read by the app; every entry waits in it.
            cursor.execute("INSERT INTO evidence_pending (entry_id) SELECT id FROM evidence_entry ORDER BY id")
        return deepcopy(self.group)

    @property
    def _companies(self) -> set[UUID]:
        return {self.group.headquarters.pk, self.group.company_a.pk, self.group.company_b.pk}

    @classmethod
    def of(cls, group: Group) -> _Kept:
        kept = cls(deepcopy(group), [])
        with scope(entities=kept._companies, trees=kept._companies), connection.cursor() as cursor:
            for table in kept._tables(cursor):
                # One by one, the parent first: a company's trigger looks for the paths of its parent.
                apart = "GROUP BY id ORDER BY id" if table == Entity._meta.db_table else ""
                cursor.execute(f"SELECT json_agg(whole.*)::text FROM {table} whole {apart}")
                kept.rows.extend((table, rows) for (rows,) in cursor.fetchall() if rows)
        return kept

    @staticmethod
    def _tables(cursor: CursorWrapper) -> list[str]:
        """Ours that the app reads and writes itself; triggers and queues fill the others."""
        ours = [model._meta.db_table for model in apps.get_models() if model.__module__.startswith("guiju.")]
        cursor.execute(
            "SELECT name FROM unnest(%s::text[]) WITH ORDINALITY AS one(name, place)"
            " WHERE has_table_privilege(name, 'INSERT') AND has_table_privilege(name, 'SELECT') ORDER BY place",
            [ours],
        )
        return [name for (name,) in cursor.fetchall()]


_kept: list[_Kept] = []


def found_group() -> Group:
    """The group of `make_group` in a test that is taken back: made once, then written from its rows,
    which takes a tenth of the time."""
    if _kept:
        return _kept[0].bring_back()
    group = make_group()
    _kept.append(_Kept.of(group))
    return group


def join(company: Entity, role: str, username: str, admin: Member, security: Member) -> Member:
    """A new person in a company: one administrator adds, the other grants."""
    with acting(admin):
        user = make_user(username=username, name=username, password=PASSWORD, at=AT)
        member = add_member(company=company, user=user, actor=admin, at=AT)
    with acting(security):
        grant_role(member=member, code=role, actor=security, at=AT)
    return member


def make_plain(code: str) -> None:
    """Take from a ready-made role what asks for a second factor, for this test."""
    role = Role.objects.get(code=code)
    role.rights = {right: reach for right, reach in role.rights.items() if not right.endswith((".unmask", ".export"))}
    role.treatments = {}
    role.save(update_fields=["rights", "treatments"])


def let(code: str, right: str, reach: str) -> None:
    """Give a ready-made role one more right, for this test."""
    role = Role.objects.get(code=code)
    role.rights[right] = reach
    role.save(update_fields=["rights"])


def sign_in(client: Client, username: str, *, with_factor: bool = True) -> Client:
    """A browser that is signed in already; signing in itself has its own tests."""
    client.force_login(User.objects.get(username=username))
    session = client.session
    session["factor"] = with_factor
    session.save()
    return client

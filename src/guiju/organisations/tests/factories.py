"""A small group for tests: a headquarters, two companies, a few people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from uuid import uuid4

from django.test import Client

from guiju.database.scope import scope
from guiju.kernel.identifiers import unified_code
from guiju.organisations.models import Entity, Member, Role, User
from guiju.organisations.selectors import acting
from guiju.organisations.services import CompanyDetails, register_company
from guiju.organisations.services.people import add_member, make_user
from guiju.organisations.services.roles import grant_role
from guiju.organisations.services.setup import Administrator, set_up

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
PASSWORD = "correct-horse-battery"

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


def join(company: Entity, role: str, username: str, admin: Member, security: Member) -> Member:
    """A new person in a company: one administrator adds, the other grants."""
    with acting(admin):
        user = make_user(username=username, name=username, password=PASSWORD, at=AT)
        member = add_member(company=company, user=user, actor=admin, at=AT)
    with acting(security):
        grant_role(member=member, code=role, actor=security, at=AT)
    return member


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

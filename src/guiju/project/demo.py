"""The demo group 示例集团: a headquarters, eight companies in five provinces, people for every role.

All of it is invented and made from one seed. Passwords are random in every installation and lie
in `demo_accounts.json` of the demo's own data folder, which can never become a production one.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pyotp
from django.db import transaction

from guiju.access.services.reviews import open_rights_reviews
from guiju.accounts.services.factors import STEP_SECONDS, new_secret, set_factor
from guiju.deadlines.kinds import OWN
from guiju.deadlines.models import Duty
from guiju.deadlines.services.duties import NewDuty, add_duty
from guiju.deadlines.services.signals import keep_signals
from guiju.kernel.calendar.deadlines import read_period
from guiju.kernel.identifiers import unified_code
from guiju.notifications.services.codes import send_code
from guiju.organisations.models import Entity, Member
from guiju.organisations.permissions import is_powerful
from guiju.organisations.selectors import acting, is_set_up
from guiju.organisations.services import CompanyDetails, register_company
from guiju.organisations.services.departments import DepartmentDetails, found_department
from guiju.organisations.services.people import MemberChanges, add_member, change_member, make_user
from guiju.organisations.services.roles import grant_role
from guiju.organisations.services.setup import Administrator, set_up
from guiju.project.demo_accounts import Account, keep_accounts
from guiju.project.demo_complaints import load_complaints
from guiju.project.demo_customers import load_customers
from guiju.project.demo_orders import load_orders
from guiju.project.demo_sales import load_opportunities
from guiju.project.folder import DataFolder

SEED = 20261124

_GROUP = ("示例集团有限公司", "330106", "general", date(2025, 3, 1))
_COMPANIES = (
    ("示例食品（浙江）有限公司", "330110", "food", date(2025, 4, 7)),
    ("示例零售（广东）有限公司", "440106", "retail", date(2025, 4, 21)),
    ("示例科技（深圳）有限公司", "440305", "technology", date(2025, 5, 12)),
    ("示例教育（江苏）有限公司", "320106", "education", date(2025, 6, 3)),
    ("示例医疗（四川）有限公司", "510107", "medical", date(2025, 7, 14)),
    ("示例美妆（浙江）有限公司", "330212", "cosmetics", date(2025, 9, 1)),
    ("示例家装（江苏）有限公司", "320505", "decoration", date(2025, 10, 20)),
    ("示例金融信息（山东）有限公司", "370202", "finance", date(2026, 1, 5)),
)
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_GIVEN = (
    "文静",
    "子轩",
    "雨桐",
    "志远",
    "思琪",
    "浩然",
    "晓彤",
    "建国",
    "佳怡",
    "明哲",
    "丽华",
    "俊杰",
    "欣妍",
    "海涛",
    "梦洁",
    "立新",
)
_AT_HEADQUARTERS = (
    ("compliance", "合规专员"),
    ("legal", "法务专员"),
    ("data_officer", "数据专员"),
    ("archivist", "档案管理员"),
    ("inspector", "检查员（演示账号）"),
)
_AT_COMPANY = (("sales", "销售"), ("service", "客服"), ("marketing", "营销专员"))
_ADMINISTRATORS = (("system_admin", "系统管理员"), ("security_admin", "安全管理员"), ("audit_admin", "审计管理员"))


def load_demo(folder: DataFolder, *, at: datetime) -> None:
    """Found the demo group, all in one transaction, unless it is there."""
    if is_set_up():
        return
    with transaction.atomic():
        accounts = _found(UUID(folder.instance), at)
        # Written before the commit: accounts without a group are harmless, the reverse is not.
        keep_accounts(folder, accounts)


def _found(instance: UUID, at: datetime) -> list[Account]:
    chance = random.Random(SEED)  # noqa: S311 -- invented names, no secrets
    names = _names(chance)
    name, region, sector, went_live_on = _GROUP
    administrators = [(role, title, next(names), _password()) for role, title in _ADMINISTRATORS]
    group = set_up(
        instance=instance,
        kind="demo",
        group=CompanyDetails(name, _code(chance, region), region, sector, went_live_on, None),
        administrators=[
            Administrator(role, _username(role), person, password) for role, _, person, password in administrators
        ],
        at=at,
    )
    accounts = [
        Account(_username(role), password, None, person, name, (role,)) for role, _, person, password in administrators
    ]
    system_admin, security_admin = (_member_of(group, _username(role)) for role in ("system_admin", "security_admin"))
    with acting(system_admin):
        companies = [
            register_company(
                details=CompanyDetails(title, _code(chance, area), area, kind, day, group.pk),
                actor=system_admin,
                at=at,
            )
            for title, area, kind, day in _COMPANIES
        ]
    people = [(group, role, title, _username(role)) for role, title in _AT_HEADQUARTERS]
    for company in companies:
        here = [*_AT_COMPANY]
        if company.sector in {"education", "medical", "finance"}:
            here.append(("compliance", "合规专员"))
        if company.sector == "education":
            here.append(("data_officer", "数据专员"))
        if company.sector == "food":
            # Whoever deletes something needs a second person, and both of the company itself.
            here += [("legal", "法务专员"), ("data_officer", "数据专员"), ("archivist", "档案管理员")]
        if company.sector == "decoration":
            here.append(("contractor", "外部协作"))
        people += [(company, role, title, f"{role.replace('_', '.')}.{company.sector}") for role, title in here]
    joined = []
    with acting(system_admin):
        for company, role, title, username in people:
            user = make_user(username=username, name=next(names), password=(password := _password()), at=at)
            member = add_member(company=company, user=user, actor=system_admin, at=at, title=title)
            joined.append((member, role))
            accounts.append(Account(username, password, None, user.name, company.name, (role,)))
    with acting(security_admin):
        for member, role in joined:
            grant_role(member=member, code=role, actor=security_admin, at=at)
    with acting(system_admin):
        _departments([member for member, _ in joined if member.entity_id == companies[0].pk], system_admin, at)
    open_rights_reviews(at=at)
    load_customers([group, *companies], [member for member, _ in joined], at=at)
    load_orders(companies, [member for member, _ in joined], at=at)
    load_opportunities([member for member, _ in joined], at=at)
    load_complaints(companies, [member for member, _ in joined], at=at)
    _duties({role: member for member, role in joined if member.entity_id in (group.pk, companies[0].pk)}, at)
    administrators_here = [_member_of(group, _username(role)) for role, _ in _ADMINISTRATORS]
    secrets_of = dict(_second_factor(member, at) for member in [*administrators_here, *(one for one, _ in joined)])
    return [replace(account, totp_secret=secrets_of[account.user]) for account in accounts]


def _departments(people: Sequence[Member], system_admin: Member, at: datetime) -> None:
    """One company shows what departments are for: its marketing manager heads the sales."""
    company = people[0].entity
    head = next(member for member in people if member.title == "营销专员")
    market = found_department(
        company=company, details=DepartmentDetails("市场中心", head_id=head.pk), actor=system_admin, at=at
    )
    shop = found_department(company=company, details=DepartmentDetails("门店", market.pk), actor=system_admin, at=at)
    for member in people:
        if member.title in ("营销专员", "销售", "客服"):
            place = market if member is head else shop
            changes = MemberChanges(member.user.name, member.user.email, "", member.title, place.pk)
            change_member(member=member, changes=changes, actor=system_admin, at=at)


def _duties(people: Mapping[str, Member], at: datetime) -> None:
    """Something late, something soon, something that hangs on a notice which nobody has published yet."""
    for role, title, days_ago, period, basis, article, may_pause in (
        (
            "compliance",
            "向市场监管局报送整改报告",
            5,
            "7个工作日",
            Duty.Basis.INTERNAL,
            "整改工作制度（责令改正通知书要求7个工作日内报送）",
            "等待检验报告",
        ),
        ("service", "返还退回商品的价款", 2, "7日", Duty.Basis.STATUTORY, "消费者权益保护法第二十五条", ""),
        ("compliance", "复核集团隐私政策", 0, "7个月", Duty.Basis.INTERNAL, "个人信息保护制度", ""),
        ("service", "回访本月办结的投诉", 20, "10个工作日", Duty.Basis.INTERNAL, "客服工作制度", ""),
    ):
        member = people[role]
        wanted = NewDuty(
            OWN.code,
            member.entity_id,
            title,
            at - timedelta(days=days_ago),
            read_period(period),
            basis,
            article,
            holder=member,
            may_pause=may_pause,
        )
        with acting(member):
            add_duty(wanted=wanted, actor=member, at=at)
    keep_signals(at=at)
    service = people["service"]
    with acting(service):
        send_code(entity_id=service.entity_id, purpose="demo", phone="13800138000", origin="127.0.0.1", at=at)


def _second_factor(member: Member, at: datetime) -> tuple[str, str | None]:
    """User name and the secret of a second factor, for those whose role asks for one."""
    with acting(member):
        if not is_powerful(member):
            return member.user.username, None
        secret = new_secret()
        # The code of half a minute ago, so that the present one is still good for signing in.
        code = pyotp.TOTP(secret).at(at - timedelta(seconds=STEP_SECONDS))
        set_factor(secret=secret, code=code, actor=member, at=at)
        return member.user.username, secret


def _member_of(company: Entity, username: str) -> Member:
    from guiju.database.scope import scope

    with scope(entities={company.pk}):
        return Member.objects.select_related("user").get(entity=company, user__username=username)


def _username(role: str) -> str:
    return role.replace("_", ".")


def _names(chance: random.Random) -> Iterator[str]:
    names = [surname + given for surname in _SURNAMES for given in _GIVEN]
    chance.shuffle(names)
    return iter(names)


def _code(chance: random.Random, region: str) -> str:
    return unified_code.make(region, chance.randrange(31**8))


def _password() -> str:
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))

"""What the frame shows of each part: the navigation, and the cards of the dashboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.http import HttpRequest
from django.urls import reverse

from guiju.web.dashboard import CARDS, NOTICES, Card
from guiju.web.navigation import NAVIGATION, Item

if TYPE_CHECKING:
    from guiju.organisations.models import Member
    from guiju.organisations.selectors import Sights


class ProjectConfig(AppConfig):
    name = "guiju.project"
    verbose_name = "规矩"

    def ready(self) -> None:
        NAVIGATION[:] = [
            Item("工作台", "dashboard", "home", "/"),
            Item("公司", "company_list", "building", "/companies/", _may("company.read")),
            Item("成员", "people_list", "users", "/people/", _may("member.read")),
            Item("审查", "review_text", "list-search", "/review/", _may("text.review")),
            Item("权限", "role_list", "shield-lock", "/access/", _may("role.read")),
            Item("数据关系", "relation_list", "arrows-exchange", "/access/relations/", _may_only_relations),
            Item("规则与法规", "rule_list", "book", "/law/"),
        ]
        CARDS[:] = [_companies, _sectors, _provinces, _review]
        NOTICES[:] = [_recoveries]


def _member(request: HttpRequest) -> Member:
    from guiju.organisations.signin import member_of

    member = member_of(request)
    assert member is not None
    return member


def _may(right: str) -> Callable[[HttpRequest], bool]:
    from guiju.organisations.permissions import allows
    from guiju.organisations.signin import member_of

    def shown(request: HttpRequest) -> bool:
        member = member_of(request)
        return member is not None and allows(member, right, on=member.entity_id)

    return shown


def _may_only_relations(request: HttpRequest) -> bool:
    """Who sees relations and not the matrix, where a tab leads to them, has an entry of their own."""
    from guiju.organisations.permissions import reach_of

    member = _member(request)
    return reach_of(member, "relation.read") is not None and reach_of(member, "role.read") is None


def _sights(request: HttpRequest) -> Sights:
    """Counted once for the three cards that show it."""
    from guiju.organisations.selectors import overview_for

    known: Sights | None = getattr(request, "sights", None)
    if known is None:
        known = overview_for(_member(request))
        request.sights = known  # type: ignore[attr-defined]
    return known


def _companies(request: HttpRequest) -> Card | None:
    sights = _sights(request)
    if not sights.total:
        return None
    note = "只有您自己的公司" if sights.total == 1 else "您的角色看得到的公司"
    return Card("公司", sights.total, "家", reverse("company_list"), note)


def _sectors(request: HttpRequest) -> Card | None:
    from guiju.kernel.sectors import Sector

    by_sector = _sights(request).by_sector
    if len(by_sector) < 2:
        return None
    address = reverse("company_list")
    lines = tuple((Sector(code).label, count, f"{address}?sector={code}") for code, count in by_sector.items())
    return Card("各行业的公司", lines=lines)


def _provinces(request: HttpRequest) -> Card | None:
    from guiju.kernel.identifiers import regions

    by_province = _sights(request).by_province
    if len(by_province) < 2:
        return None
    address = reverse("company_list")
    lines = tuple(
        (regions.province_of(code + "0000"), count, f"{address}?province={code}") for code, count in by_province.items()
    )
    return Card("各省的公司", lines=lines)


def _recoveries(request: HttpRequest) -> list[str]:
    from django.utils import timezone

    from guiju.accounts.selectors import SHOWN_DAYS, recent_recoveries

    return [
        f"{timezone.localtime(one.at):%Y-%m-%d %H:%M} 有人从服务器上恢复了{one.user.name}的账号"
        f"（操作系统账号 {one.account}，原因：{one.reason}）。这条提示显示{SHOWN_DAYS}天"
        for one in recent_recoveries(at=timezone.now())
    ]


def _review(request: HttpRequest) -> Card | None:
    from guiju.review.shown import shown_rules
    from guiju.rulebook import VERSION

    note = f"广告、合同条款、数据字段，规则版本 {VERSION}"
    return Card("规则", len(shown_rules()), "条", reverse("rule_list"), note)

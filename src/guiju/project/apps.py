"""What the frame shows of each part: the navigation, and the cards of the dashboard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.http import HttpRequest
from django.urls import reverse

from guiju.web.dashboard import CARDS, NOTICES, Card
from guiju.web.navigation import NAVIGATION, TABS, Item, Tab

if TYPE_CHECKING:
    from guiju.organisations.models import Member
    from guiju.organisations.selectors import Sights
    from guiju.safekeeping.selectors import BackupHealth


_CUSTOMERS = ("/customers/", "/contacts/", "/files/")


class ProjectConfig(AppConfig):
    name = "guiju.project"
    verbose_name = "规矩"

    def ready(self) -> None:
        from guiju.complaints.selectors.on_customer import complaints_beside
        from guiju.customers.registry import BESIDE
        from guiju.customers.selectors.attachments import files_beside
        from guiju.customers.selectors.ties import ties_beside
        from guiju.notifications.services.wordings import REVIEWERS
        from guiju.orders.selectors.customers import orders_beside
        from guiju.project.cards import cards_by_right
        from guiju.sales.selectors.on_customer import deals_beside, todos_beside

        NAVIGATION[:] = [
            Item("工作台", "dashboard", "home", "/"),
            Item("客户", "customer_list", "address-book", _CUSTOMERS, _has("customer.read")),
            Item("商机", "opportunity_board", "layout-kanban", "/opportunities/", _has("opportunity.read")),
            Item("投诉", "complaint_list", "phone", "/complaints/", _has("complaint.read")),
            Item("投诉", "complaint_statistics", "phone", "/complaints/", _counts_complaints_only),
            Item("订单", "order_list", "shopping-cart", "/orders/", _has("order.read")),
            Item("订单", "product_list", "shopping-cart", "/orders/", _sees_products_only),
            Item("待办", "work_list", "clipboard-check", "/tasks/"),
            Item("期限", "duty_list", "calendar-time", "/deadlines/"),
            Item("通知", "inbox", "bell", "/notices/"),
            Item("公司", "company_list", "building", "/companies/", _may("company.read")),
            Item("成员", "people_list", "users", "/people/", _may("member.read")),
            Item("合规", "catalogue", "scale", "/catalogue/", _may("catalogue.read")),
            Item("审查", "review_text", "list-search", "/review/", _may("text.review")),
            Item("权限", "role_list", "shield-lock", "/access/", _may("role.read")),
            Item("权限", "rights_review_list", "shield-lock", "/access/", _may_not_read_roles),
            Item("存证", "evidence_log", "fingerprint", "/evidence/", _has("evidence.read")),
            Item("备份", "backup_overview", "archive", "/backups/", _has("backup.read")),
            Item("文书样张", "document_gallery", "printer", "/documents/"),
            Item("规则与法规", "rule_list", "book", "/law/"),
        ]
        TABS["customers"] = [
            Tab("customers", "客户", "customer_list"),
            Tab("pool", "公海", "pool_list", _may("customer.claim")),
            Tab("wanting", "待补同意", "wanting_list", _has("customer.read")),
            Tab("duplicates", "查重", "duplicate_list", _has("customer.merge")),
            Tab("tags", "标签", "tag_list", _has("customer.read")),
        ]
        TABS["orders"] = [
            Tab("orders", "订单", "order_list", _has("order.read")),
            Tab("products", "产品与服务", "product_list", _may("product.read")),
        ]
        TABS["complaints"] = [
            Tab("cases", "投诉", "complaint_list", _has("complaint.read")),
            Tab("figures", "统计", "complaint_statistics"),
            Tab("rectifications", "整改", "rectification_list"),
            Tab("causes", "原因", "cause_list", _has("complaint.read")),
        ]
        TABS["home"] = [
            Tab("dashboard", "工作台", "dashboard"),
            Tab("today", "我的今天", "today"),
        ]
        TABS["sales"] = [
            Tab("board", "看板", "opportunity_board"),
            Tab("leads", "线索", "lead_list"),
            Tab("list", "列表", "opportunity_list"),
            Tab("forecast", "预测", "opportunity_forecast"),
            Tab("statistics", "统计", "opportunity_statistics"),
        ]
        TABS["privacy"] = [
            Tab("catalogue", "字段台账", "catalogue"),
            Tab("notices", "隐私告知", "privacy_notices"),
            Tab("minors", "未成年人", "minor_access_list", _handles_minors),
            Tab("refusals", "拒收名单", "refusal_list", _has("refusal.read")),
            Tab("provisions", "提供记录", "provision_list", _has("provision.read")),
            Tab("cleanup", "数据清理", "cleanup_list", _has("cleanup.read")),
            Tab("necessity", "必要性", "necessity_report", _has("cleanup.read")),
            Tab("periods", "保管期限", "retention_schedule", _has("archive.read")),
            Tab("disposals", "销毁登记", "disposal_list", _has("archive.read")),
            Tab("holds", "保全", "hold_list", _has("archive.read")),
        ]
        TABS["evidence"] = [
            Tab("log", "存证日志", "evidence_log"),
            Tab("verifications", "核对记录", "verification_list", _may_in_group("evidence.read")),
            Tab("anchors", "外部见证", "anchor_list"),
        ]
        TABS["deadlines"] = [
            Tab("duties", "期限", "duty_list"),
            Tab("calendar", "工作日历", "work_calendar"),
        ]
        TABS["notices"] = [
            Tab("inbox", "收件箱", "inbox"),
            Tab("sent", "发出的通知", "sent_list", _has("notice.read")),
            Tab("wordings", "模板", "wording_list", _may("notice.write")),
            Tab("channels", "渠道", "channel_list", _may("channel.set_up")),
        ]
        TABS["access"] = [
            Tab("roles", "角色与权限", "role_list", _may("role.read")),
            Tab("relations", "公司间数据关系", "relation_list", _has("relation.read")),
            Tab("reviews", "权限复核", "rights_review_list"),
            Tab("emergency", "紧急授权", "emergency_list"),
            Tab("groups", "组与角色", "group_role_list", _may("directory.map")),
        ]
        CARDS[:] = [
            _today,
            _work,
            _duties,
            _inbox,
            *cards_by_right(),
            _companies,
            _sectors,
            _provinces,
            _backups,
            _review,
        ]
        REVIEWERS[:] = [_forbidden_in]
        BESIDE[:] = [files_beside, deals_beside, todos_beside, orders_beside, complaints_beside, ties_beside]
        NOTICES[:] = [_recoveries, _alerts, _emergencies, _evidence, _backup_troubles]


def _member(request: HttpRequest) -> Member:
    from guiju.organisations.signin import member_of

    member = member_of(request)
    assert member is not None
    return member


def _forbidden_in(text: str, member: Member, on: date) -> list[str]:
    """What the review forbids in words that a company wants to send out."""
    from guiju.kernel.rules.model import Occasion
    from guiju.review.engine import review_ad
    from guiju.review.selectors import exemptions_of

    occasion = Occasion(sector=member.entity.sector, channel="sms")
    verdict = review_ad(text, on=on, occasion=occasion, exemptions=exemptions_of(member.entity_id, on=on))
    return [
        f"“{one.excerpt}”：{one.message}（{one.law}{one.article}）"
        for one in verdict.findings
        if one.severity == "block"
    ]


def _may(right: str) -> Callable[[HttpRequest], bool]:
    from guiju.organisations.permissions import allows
    from guiju.organisations.signin import member_of

    def shown(request: HttpRequest) -> bool:
        member = member_of(request)
        return member is not None and allows(member, right, on=member.entity_id)

    return shown


def _may_in_group(right: str) -> Callable[[HttpRequest], bool]:
    """Whether a right reaches the group company."""
    from guiju.organisations.permissions import allows, group_root

    def shown(request: HttpRequest) -> bool:
        root = group_root()
        return root is not None and allows(_member(request), right, on=root)

    return shown


def _has(right: str) -> Callable[[HttpRequest], bool]:
    """Whether a member has a right at all, however far it goes."""
    from guiju.organisations.permissions import reach_of

    return lambda request: reach_of(_member(request), right) is not None


def _may_not_read_roles(request: HttpRequest) -> bool:
    """Who sees no matrix, where tabs lead on, has an entry of their own for what they do see."""
    return not _may("role.read")(request)


def _handles_minors(request: HttpRequest) -> bool:
    """Who asks to see minors, and who decides about it."""
    return _has("minor.ask")(request) or _has("minor.decide")(request)


def _sees_products_only(request: HttpRequest) -> bool:
    """Who sees no orders, where tabs lead on, has an entry of their own for the products."""
    return not _has("order.read")(request) and _may("product.read")(request)


def _counts_complaints_only(request: HttpRequest) -> bool:
    """Who reads no complaints has an entry of their own for the figures."""
    return not _has("complaint.read")(request) and _has("complaint.count")(request)


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


def _emergencies(request: HttpRequest) -> list[str]:
    from django.utils import timezone

    from guiju.access.selectors import unreviewed_emergencies

    return [
        f"{one.member.user.name}（{one.entity.name}）的紧急授权“{one.role.name}”，"
        f"至 {timezone.localtime(one.until):%Y-%m-%d %H:%M}，还没有复核：权限 → 紧急授权"
        for one in unreviewed_emergencies(_member(request))[:10]
    ]


def _today(request: HttpRequest) -> Card:
    """First of all: what waits for oneself."""
    from django.utils import timezone

    from guiju.sales.selectors.today import count_today

    count = count_today(_member(request), at=timezone.now())
    note = "要跟进的客户、商机和待办事项" if count else "今天没有要跟进的，看看待办和期限"
    return Card("我的今天", count, "件", reverse("today"), note)


def _work(request: HttpRequest) -> Card | None:
    from django.utils import timezone

    from guiju.work.selectors import count_waiting

    count = count_waiting(_member(request), at=timezone.now())
    return Card("待办与审批", count, "项", reverse("work_list")) if count else None


def _duties(request: HttpRequest) -> Card | None:
    from django.utils import timezone

    from guiju.deadlines.selectors.duties import count_due

    late, soon = count_due(_member(request), at=timezone.now())
    if not late and not soon:
        return None
    return Card("七天内到期", soon, "项", f"{reverse('duty_list')}?state=soon", f"已逾期{late}项" if late else "")


def _inbox(request: HttpRequest) -> Card | None:
    from guiju.notifications.selectors.notices import count_unread

    count = count_unread(_member(request))
    return Card("未读通知", count, "条", reverse("inbox")) if count else None


def _alerts(request: HttpRequest) -> list[str]:
    from guiju.organisations.selectors.disclosures import open_alerts_for

    count = open_alerts_for(_member(request)).count()
    return [f"有{count}条明文查看或导出过多的告警等待核查：成员 → 明文与导出"] if count else []


def _evidence(request: HttpRequest) -> list[str]:
    from guiju.audit.selectors import notices_for

    return notices_for(_member(request))


def _backup_health(request: HttpRequest) -> BackupHealth:
    """Read once for the sentences above the cards and the card."""
    from django.utils import timezone

    from guiju.safekeeping.selectors import backup_health_for

    known: BackupHealth | None = getattr(request, "backup_health", None)
    if known is None:
        known = backup_health_for(_member(request), at=timezone.now())
        request.backup_health = known  # type: ignore[attr-defined]
    return known


def _backup_troubles(request: HttpRequest) -> list[str]:
    return list(_backup_health(request).troubles)


def _backups(request: HttpRequest) -> Card | None:
    health = _backup_health(request)
    if not health.well and not health.troubles:
        return None
    return Card("备份", url=reverse("backup_overview"), note="；".join(health.well) or "有要处理的事，见上面的提示")


def _review(request: HttpRequest) -> Card | None:
    from guiju.review.shown import shown_rules
    from guiju.rulebook import VERSION

    note = f"广告、合同条款、数据字段，规则版本 {VERSION}"
    return Card("规则", len(shown_rules()), "条", reverse("rule_list"), note)

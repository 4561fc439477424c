"""The tables of compliance are taken out as a file: catalogue, notices, necessity, minors, whom a search found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter
from uuid import UUID

from django.utils import timezone

from guiju.kernel.errors import Missing
from guiju.organisations.models import Entity
from guiju.organisations.registry import PURPOSES
from guiju.organisations.signin import MemberRequest
from guiju.organisations.tables import TABLES, Column, Sheet, Table, sheet_of
from guiju.privacy.registry import RECORDS
from guiju.privacy.selectors import cleanup, necessity
from guiju.privacy.selectors.catalogue import catalogue_for
from guiju.privacy.selectors.minors import access_lines, looks_at_minor, minor_accesses_for
from guiju.privacy.selectors.notices import notices_for
from guiju.privacy.selectors.provisions import lines_of_provisions, provisions_for
from guiju.privacy.views.catalogue import company_of, uses_in_words
from guiju.web.tables import in_batches


def _company(request: MemberRequest) -> Entity:
    return company_of(request, _id_in(request, "company_id") if request.GET.get("company_id") else None)


def _id_in(request: MemberRequest, name: str) -> UUID:
    try:
        return UUID(request.GET.get(name, ""))
    except ValueError:
        raise Missing("page_missing", "没有这一页：请从列表里再点一次导出") from None


_FIELDS = (
    Column("对象", lambda line: RECORDS[line.record].label, 12),
    Column("字段", attrgetter("label"), 20),
    Column("分类", lambda line: line.grade.label, 10),
    Column("目的与合法性基础", lambda line: "；".join(f"{what}（{basis}）" for basis, what in uses_in_words(line)), 60),
    Column("同意", lambda line: line.consent.label, 14),
    Column("关系结束后保存（月）", attrgetter("retention"), 18),
    Column("状态", lambda line: line.state.label, 10),
)


@contextmanager
def _catalogue(request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    found = catalogue_for(request.member, _company(request).pk)
    yield sheet_of(_FIELDS, [one for fields in found.values() for one in fields.values()])


_NOTICES = (
    Column("版本", attrgetter("version"), 8),
    Column("发布或起用", attrgetter("published_at"), 18),
    Column("补登", attrgetter("registered_at"), 18),
    Column("失效", attrgetter("ended_at"), 18),
    Column("", lambda one: "" if one.ended_at else "现行", 8),
)


@contextmanager
def _notices(request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    yield sheet_of(_NOTICES, notices_for(request.member, _company(request).pk))


_USES = (
    Column("字段", lambda one: one.field.label, 20),
    Column("对象", attrgetter("kind"), 12),
    Column("状态", lambda one: one.field.state.label, 10),
    Column("填写", attrgetter("filled"), 10),
    Column("记录", attrgetter("records"), 10),
    Column("最后写入", attrgetter("last_on"), 12),
    Column("一年内查看明文", lambda one: "没有记录" if one.unmasked is None else one.unmasked, 14),
    Column("建议", attrgetter("advice"), 50),
)


@contextmanager
def _necessity(request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    report = necessity.necessity_of(request.member, request.member.entity_id, at=timezone.now())
    yield sheet_of(_USES, report.uses if report else ())


_ACCESSES = (
    Column("谁", lambda line: line.access.member.user.name, 12),
    Column("公司", lambda line: line.access.entity.name, 30),
    Column("看谁", lambda line: "一位客户" if line.access.subject_id else "看得到的全部", 14),
    Column("用于", attrgetter("purpose"), 12),
    Column("理由", lambda line: line.access.reason, 50),
    Column("申请时间", lambda line: line.access.asked_at, 18),
    Column("批准人", lambda line: line.access.allowed_by.name if line.access.allowed_by else "", 12),
    Column("到哪天", lambda line: line.access.until, 12),
    Column("状态", attrgetter("state"), 12),
)


@contextmanager
def _minors(request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    rows = minor_accesses_for(request.member)
    on = timezone.localdate()
    lines = (line for batch in in_batches(rows.iterator()) for line in access_lines(batch, on=on))
    yield sheet_of(_ACCESSES, lines, count=rows.count())


_LOOKS = (
    Column("时间", attrgetter("at"), 18),
    Column("谁", lambda one: one.member.user.name, 12),
    Column("公司", lambda one: one.entity.name, 30),
    Column("用于", lambda one: PURPOSES.get(one.purpose, one.purpose), 12),
    Column("一次看了几人", attrgetter("count"), 14),
)


@contextmanager
def _looks(request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    with looks_at_minor(request.member, _id_in(request, "record_id")) as found:
        yield sheet_of(_LOOKS, found.rows)


_PROVISIONS = (
    Column("时间", lambda line: line.row.at, 18),
    Column("接收方", attrgetter("receiver"), 30),
    Column("谁", lambda line: line.row.by.name, 12),
    Column("关系", attrgetter("basis"), 18),
    Column("用于", attrgetter("purpose"), 12),
    Column("信息种类", lambda line: line.fields or "没有显示内容", 50),
    Column("人数", lambda line: len(line.row.records), 8),
)


@contextmanager
def _provisions(request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    rows = provisions_for(request.member)
    lines = (line for batch in in_batches(rows.iterator()) for line in lines_of_provisions(request.member, batch))
    yield sheet_of(_PROVISIONS, lines, count=rows.count())


_PEOPLE = (Column("客户", attrgetter("name"), 30), Column("情形", lambda one: "；".join(one.words), 80))


@contextmanager
def _people(request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    member, found = request.member, request.GET.get("found", "")
    search = cleanup.cleanup_for(member, _id_in(request, "cleanup_id"))
    rows = cleanup.findings_of(member, search, request.GET.get("record", ""), found)
    people = (one for batch in in_batches(rows.iterator()) for one in cleanup.people_of(member, batch, found))
    yield sheet_of(_PEOPLE, people, count=rows.count())


TABLES["catalogue"] = Table("字段台账", "catalogue", "catalogue.read", _catalogue)
TABLES["privacy-notices"] = Table("隐私告知", "privacy_notices", "catalogue.read", _notices)
TABLES["necessity"] = Table("必要性报告", "necessity_report", "cleanup.read", _necessity)
TABLES["minors"] = Table("未成年人的查看", "minor_access_list", "minor.decide", _minors)
TABLES["minor-looks"] = Table("谁看过这位未成年人", "minor_looks", "minor.decide", _looks, args=("record_id",))
TABLES["provisions"] = Table("提供记录", "provision_list", "provision.read", _provisions)
TABLES["found-people"] = Table(
    "违规数据的客户", "cleanup_people", "cleanup.run", _people, ["legal"], args=("cleanup_id", "record", "found")
)

"""What is handed to an authority about a search and what followed (违规数据清理情况报告): no values, no names of people
whose data it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone

from guiju.archives.selectors import counts_in_words
from guiju.evidence.selectors import digest_of
from guiju.organisations.models import Entity, Member
from guiju.privacy.models import Cleanup, Refusal
from guiju.privacy.registry import RECORDS
from guiju.privacy.selectors.cleanup import Line, destroyed_and_kept, lines_of
from guiju.privacy.selectors.refusals import lines_of_refusals
from guiju.privacy.services.refusals import MEANS
from guiju.web.tables import in_batches, xlsx_bytes

TO = "履行个人信息保护职责的部门"

LIMITS = (
    "只查找现在仍然保存的内容，已经修改、删除的内容不在其中；在截止日以后才写入的不判断。",
    "是否告知，按每一项收集时所依据的隐私告知判断；是否同意，按截止日生效的同意判断；年龄按现在登记的出生日期和说明推算。",
    "随程序提供、公司没有修改过的字段，按现在的程序判断；跟进等自由文字、附件里写了什么没有逐字检查。",
    "标签、客户关系、跟进记录、订单、商机、线索和待办事项由公司自己写下，没有逐项的收集记录：按截至日的字段台账、现行的隐私告知和本人的同意判断，从写下那天起算；标签没有逐个的日期，从登记客户那天起算。单位客户的不是个人信息，不判断。",
    "订单是账目的依据，一直保存：订单的字段要删除的，整笔订单与客户断开，留下的账目看不出是谁。",
    "法律、行政法规规定的保存期限未届满的，依照《个人信息保护法》第四十七条第二款停止除存储和采取必要的安全保护措施之外的处理。",
)

COLUMNS = ("对象", "字段", "情形", "依据", "条数", "处理办法")


def _moment(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y年%m月%d日%H时%M分}" if at else "—"


def _entry(subject: Model) -> str:
    found = digest_of(subject)
    return str(found[0]) if found else "—"


def report_data(cleanup: Cleanup, company: Entity) -> dict[str, Any]:
    """The report as a letter; the table goes with it."""
    text = "\n".join(
        [
            *_method(cleanup, company),
            *_findings(lines_of(cleanup)),
            *_frozen(cleanup),
            *_deleted(cleanup),
            "五、方法的局限",
            *LIMITS,
            "特此报告。",
        ]
    )
    return {"title": "关于违规数据清理情况的报告", "to": TO, "text": text, "attachments": ["违规数据清单（表格）"]}


def _method(cleanup: Cleanup, company: Entity) -> list[str]:
    looked = "、".join(f"{RECORDS[code].label}{count}条" for code, count in cleanup.records.items() if code in RECORDS)
    basis = cleanup.basis
    notice = f"现行的隐私告知是第{basis['notice']}版" if basis.get("notice") else "当日没有生效的隐私告知"
    left = cleanup.left_out.get("later", 0)
    return [
        f"{company.name}依照《个人信息保护法》第四十七条，对客户信息进行了违规数据清理。现将情况报告如下：",
        "一、范围和方法",
        f"截至{cleanup.on:%Y年%m月%d日}，按字段台账第{basis.get('catalogue', 0)}版（公司登记、修改字段一次为一版，没有改过为第0版）判断，"
        f"{notice}，规则版本{basis.get('rules', '—')}。共查找{looked or '0条记录'}，由{cleanup.made_by.name}于{_moment(cleanup.made_at)}发起，"
        f"{_moment(cleanup.found_at)}查完；存证条目{_entry(cleanup)}。",
        *([f"另有{left}项在截止日以后写入，没有判断。"] if left else []),
    ]


def _findings(lines: list[Line]) -> list[str]:
    if not lines:
        return ["二、发现的情况", "没有发现没有目的、依据、同意或者告知而保存的内容。"]
    said = [f"{line.kind}的“{line.label}”{line.found}项：{_whys(line)}。" for line in lines]
    return ["二、发现的情况", f"共发现{sum(line.found for line in lines)}项，同一项可以有几种情形。", *said]


def _whys(line: Line) -> str:
    return "；".join(f"{why.words}{why.count}项（{why.law}）" for why in line.whys)


def _frozen(cleanup: Cleanup) -> list[str]:
    if cleanup.frozen_at is None or cleanup.frozen_by is None:
        return ["三、停止使用", "没有另行冻结。"]
    return [
        "三、停止使用",
        f"{cleanup.frozen_by.name}于{_moment(cleanup.frozen_at)}冻结{cleanup.frozen_values}项：只存储，不能查看、查找、修改和使用。",
    ]


def _deleted(cleanup: Cleanup) -> list[str]:
    disposal = cleanup.disposal
    if disposal is None:
        return ["四、删除", "还没有提请删除。"]
    decided = f"{disposal.decided_by.name}于{_moment(disposal.decided_at)}批准" if disposal.decided_by else "没有批准"
    gone, kept = destroyed_and_kept(cleanup)
    copies = "、".join(f"{label}{count}份" for label, count in counts_in_words(disposal))
    said = [
        "四、删除",
        f"由{disposal.proposed_by.name}于{_moment(disposal.proposed_at)}提出，{decided}；"
        f"依据是《个人信息保护法》第四十七条第一款：{disposal.get_basis_display()}。",
    ]
    if disposal.done_at:
        said.append(
            f"{_moment(disposal.done_at)}从各留存处连同历次修改的内容删除{gone}人（户）的内容"
            + (f"（{copies}）" if copies else "")
            + f"；销毁登记{disposal.pk}，存证条目{_entry(disposal)}。"
        )
    said += [f"保留{count}人（户）：{why}。保留的只存储，不作其他处理。" for count, why in kept]
    return said


def report_workbook(cleanup: Cleanup) -> bytes:
    return xlsx_bytes("违规数据清单", COLUMNS, _rows(lines_of(cleanup)), widths=(12, 20, 24, 28, 12, 40))


def _rows(lines: list[Line]) -> Iterator[list[Any]]:
    for line in lines:
        for why in line.whys:
            yield [line.kind, line.label, why.words, why.law, why.count, why.mend]


REFUSAL_HEADER = ("提出的时间", "手机或邮箱", "怎样提出", "客户", "凭据", "登记人", "登记时间", "现在")
REFUSAL_WIDTHS = (18, 10, 14, 30, 40, 12, 18, 30)


def refusal_rows(member: Member, rows: QuerySet[Refusal]) -> Iterator[list[Any]]:
    """The list of those who refuse as it shows, a batch at a time."""
    for batch in in_batches(rows.iterator()):
        for line in lines_of_refusals(member, batch):
            one = line.refusal
            again = f"{timezone.localtime(line.agreed_at):%Y-%m-%d}以后又同意" if line.agreed_at else "在名单上"
            yield [
                one.at,
                one.get_sort_display(),
                MEANS.get(one.means, one.get_way_display()),
                "、".join(name for name, _ in line.people) or ("本公司的客户" if line.is_known else ""),
                one.proof,
                one.by.name if one.by else "本人",
                one.entered_at or one.at,
                again,
            ]

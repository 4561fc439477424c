"""What this part keeps of people whose data is deleted, and what a member has in hand here (留存处, 交接)."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from guiju.archives.registry import LABELS, Holder, Period, register_holder, register_period
from guiju.complaints.models import Complaint
from guiju.complaints.selectors import attachments
from guiju.complaints.services import erasing
from guiju.complaints.services.handling import locked_complaint, take_case
from guiju.customers.registry import MOVED, Moved
from guiju.evidence.services import Act, record
from guiju.files.registry import Owner, OwnerKind, register_owner
from guiju.organisations.models import Member
from guiju.organisations.registry import HOLDINGS, Holding

_KEPT = "投诉自办结起保存三年，到请求赔偿的诉讼时效（民法典第一百八十八条）为止；法律没有规定期间（内部规则）"

register_holder(
    Holder(
        "complaints",
        "投诉记录",
        erasing.count_complaints,
        erasing.destroy_complaints,
        keeps=_KEPT,
        apart=erasing.RECORD,
        floor=erasing.keep_complaints,
    )
)
register_period(
    Period(
        "complaints",
        "投诉记录",
        "办结",
        erasing.MONTHS,
        f"内部规则：{_KEPT}",
        "实现目的所必要的最短时间（个人信息保护法第十九条）",
        "期满提出销毁，另一个人批准；留下看不出是谁的编号、日期和结果",
        erasing.complaints_over,
    )
)


def _labels(entity_id: UUID) -> Mapping[str, str]:
    return {erasing.RECORD: "投诉记录"}


LABELS.append(_labels)
MOVED["complaints.complaint"] = Moved("投诉", Complaint, "件")


def _count(member: Member) -> int:
    return Complaint.objects.filter(holder=member, closed_at=None).count()


def _hand_over(member: Member, successor: Member, act: Act) -> None:
    rows = Complaint.objects.select_for_update(of=("self",)).filter(holder=member, closed_at=None)
    for found in rows.order_by("pk"):
        take_case(found, successor, act)
        found.save()
        record(act, entity_id=found.entity_id, subject=found)


HOLDINGS.append(Holding("投诉", _count, _hand_over))


def _locked(member: Member, complaint_id: UUID, at: datetime) -> Owner:
    return attachments.owner_for_staff(locked_complaint(complaint_id, member, "complaint.read", at))


register_owner(
    OwnerKind(
        attachments.KIND,
        "投诉",
        attachments.case_seen,
        _locked,
        born=lambda complaint_id: None,
        ended=attachments.closed_on,
    )
)

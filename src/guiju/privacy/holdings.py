"""What this part keeps of people whose data is deleted (留存处)."""

from collections.abc import Mapping
from uuid import UUID

from guiju.archives.registry import AFTERWARDS, LABELS, SHORTER, Holder, Period, register_holder, register_period
from guiju.privacy.registry import HEARERS
from guiju.privacy.selectors.catalogue import catalogue_of
from guiju.privacy.services import hearing, proofs
from guiju.privacy.services.endings import announce_erased
from guiju.privacy.services.floors import shorter_than
from guiju.privacy.services.messages import KEPT_MONTHS
from guiju.privacy.services.withdrawals import end_deleted


def _labels(entity_id: UUID) -> Mapping[str, str]:
    fields = catalogue_of(entity_id).items()
    apart = {proofs.CONSENT: "同意的凭据", proofs.REQUEST: "征求同意的内容和答复"}
    return apart | {f"{record}.{code}": one.label for record, known in fields for code, one in known.items()}


LABELS.append(_labels)
AFTERWARDS.extend((end_deleted, announce_erased))
HEARERS["privacy.requests"] = hearing.close_requests
HEARERS["privacy.minor_accesses"] = hearing.end_minor_accesses
register_holder(
    Holder(
        "privacy.consents",
        "同意和撤回的记录",
        proofs.count_consents,
        proofs.destroy_consents,
        keeps="同意和撤回的记录留作没有过错的证明（个人信息保护法第六十九条），删除以后再留三年",
        apart=proofs.CONSENT,
        floor=proofs.keep_proofs,
    )
)
register_holder(
    Holder(
        "privacy.requests",
        "征求同意的记录",
        proofs.count_requests,
        proofs.destroy_requests,
        keeps="征求同意和答复的记录留作没有过错的证明（个人信息保护法第六十九条），删除以后再留三年",
        apart=proofs.REQUEST,
    )
)
register_holder(Holder("privacy.refusals", "拒收的凭据", proofs.count_refusals, proofs.destroy_refusals))

SHORTER.append(shorter_than)
_MINIMAL = "实现目的所必要的最短时间（个人信息保护法第十九条）"
register_period(
    Period(
        "customers",
        "客户和联系人的信息、附件、跟进",
        "关系结束",
        None,
        "照字段台账里每个字段写明的期限",
        _MINIMAL,
        "“数据清理”找出期满的，提请删除",
    )
)
register_period(
    Period(
        "consents",
        "同意、撤回、征求和答复的记录",
        "这个人的信息删除",
        proofs.MONTHS,
        "内部规则：到请求赔偿的诉讼时效（民法典第一百八十八条，三年）为止；法律没有规定期间",
        _MINIMAL,
        "期满提出销毁，另一个人批准；留下看不出是谁的空行",
        proofs.over,
    )
)
register_period(
    Period(
        "notices",
        "隐私告知的历次版本",
        "发布",
        None,
        "内部规则：同意的记录指着它，一直保存",
        "不含个人信息",
        "不销毁",
    )
)
register_period(
    Period(
        "assessments",
        "个人信息保护影响评估",
        "评估",
        None,
        "法定至少三年；一直保存",
        "不含客户的信息",
        "不销毁",
    )
)
register_period(
    Period(
        "relations",
        "公司间提供、委托处理的登记",
        "终止",
        None,
        "法定至少三年；一直保存",
        "不含客户的信息",
        "不销毁",
    )
)
register_period(
    Period(
        "provisions",
        "提供、委托处理的记录",
        "查看",
        None,
        "法定至少三年（网络数据安全管理条例第十二条）；一直保存",
        "只有编号和字段，不含客户的信息",
        "不销毁",
    )
)
register_period(
    Period(
        "messages",
        "本人在公开页面的留言",
        "留言",
        KEPT_MONTHS,
        "内部规则：办结时清除内容，没有办结的期满清除；办了什么一直保存",
        _MINIMAL,
        "办结或者期满时自动清除",
    )
)
register_period(
    Period(
        "refusals",
        "拒收名单",
        "拒收",
        None,
        "内部规则：一直保存，不再打扰（消费者权益保护法实施条例第二十四条没有规定期间）",
        "不留号码本身：手机、邮箱的索引，日期，怎样提出，登记人；凭据加密",
        "不销毁；凭据随这个人的信息一起删除",
    )
)

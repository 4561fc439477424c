"""What a notice says is what is done, and what the law wants said (隐私告知的正文)."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

import pytest

from guiju.archives.registry import PERIODS
from guiju.backups.keeping import Settings
from guiju.privacy.fields import Field
from guiju.privacy.services import proofs
from guiju.privacy.services.messages import KEPT_MONTHS
from guiju.privacy.terms import Basis, ConsentKind, FieldState, Grade
from guiju.privacy.wording import Handler, Recipient, Told, notice_text

HANDLER = Handler("甲食品有限公司", "400-000-0000")
PHONE = Field("person", "phone", "手机", uses={"service": Basis.CONTRACT}, state=FieldState.ACTIVE)


def sensitive(code: str, label: str, basis: Basis) -> Field:
    return Field(
        "person",
        code,
        label,
        grade=Grade.SENSITIVE,
        uses={"orders": basis},
        consent=ConsentKind.SEPARATE,
        state=FieldState.ACTIVE,
    )


FACE = sensitive("face", "人脸照片", Basis.CONSENT)
IDENTITY = sensitive("identity_number", "身份证号", Basis.DUTY)


def said(*fields: Field, recipients: tuple[Recipient, ...] = (), handler: Handler = HANDLER) -> str:
    return notice_text(Told(handler, fields or (PHONE,), recipients), version=1, day=date(2026, 11, 29))


def test_who_is_asked_about_each_sensitive_field_is_told_so_and_where_the_law_wants_it_nobody_is() -> None:
    both = said(FACE, IDENTITY)
    assert "人脸照片：每一项都单独征求您的同意" in both
    assert "身份证号：依照法律、行政法规的规定处理（法定职责、法定义务或者紧急情况），不征求同意" in both
    assert "；单独同意" in both.split("1. 人脸照片")[1].split("\n")[0]
    assert "；单独同意" not in both.split("2. 身份证号")[1].split("\n")[0]
    assert "每一项都单独征求" not in said(IDENTITY)
    assert "不征求同意" not in said(FACE)


@pytest.mark.parametrize(("relation", "others"), [("共同处理", ("委托处理", "提供、")), ("委托处理", ("共同处理",))])
def test_handling_together_and_on_behalf_are_told_apart(relation: str, others: tuple[str, ...]) -> None:
    """个人信息保护法 第二十条, 第二十一条."""
    partner = Recipient("乙零售有限公司", relation, ["service"], ["手机"], is_joint=relation == "共同处理")
    text = said(recipients=(partner,))
    manner = text.split("、处理方式\n")[1].split("\n")[0]
    assert relation in manner and not any(one in manner for one in others)
    assert ("可以向其中任何一方行使权利" in text) == (relation == "共同处理")


def test_only_what_is_noted_is_told_to_be_noted() -> None:
    assert "查看和导出留有记录" not in said()
    assert "查看被遮盖的内容、查看未成年人的信息和导出留有记录" in said()


def test_what_stays_after_a_deletion_is_told() -> None:
    """个人信息保护法 第十七条第一款第二项; 网络数据安全管理条例 第二十一条第一款第三项."""
    text = said()
    assert f"同意、撤回、征求和答复的记录，在您的信息删除以后再保存{proofs.MONTHS // 12}年" in text
    assert "拒收名单" in text and "查看和导出的记录一直保存" in text
    assert "哪天、怎样提出、谁登记的，一直保存" in text and "随您的信息一起删除" in text
    assert f"没有办结的满{KEPT_MONTHS}个月清除" in text and PERIODS["messages"].months == KEPT_MONTHS
    # And it stands in the schedule of the company.
    assert {code: PERIODS[code].months for code in ("consents", "refusals", "disclosures")} == {
        "consents": proofs.MONTHS,
        "refusals": None,
        "disclosures": None,
    }


@pytest.mark.parametrize("page", ["", "https://kehu.example.cn/my-consents/91/"])
def test_limiting_and_refusing_are_among_the_rights(page: str) -> None:
    """个人信息保护法 第四十四条; 消费者权益保护法实施条例 第二十四条."""
    text = said(handler=Handler("甲食品有限公司", "400-000-0000", page=page))
    assert "限制或者拒绝" in text and "不想再收到商业短信和电话" in text
    assert ("选择拒收" in text) == bool(page)


def test_how_long_backups_keep_what_was_deleted_is_told_as_it_is_done() -> None:
    """个人信息保护法 第十七条第一款第二项, 第四十七条第二款: what can't be taken out of them is stored and nothing else."""
    kept = next(one.default for one in fields(Settings) if one.name == "keep")
    text = said()
    assert f"已经删除的内容在备份里最多再留{kept.days}天" in text
    assert "只存储，不作别的使用" in text and "先补办删除和撤回" in text

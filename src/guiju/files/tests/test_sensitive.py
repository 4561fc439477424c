"""Sensitive files are taken in and used with an assessment, a notice and a separate consent only (敏感附件)."""

from __future__ import annotations

import pytest
from django.test import Client

from guiju.customers.services.consents import withdraw_customer_consent
from guiju.files.models import Attachment
from guiju.files.services.attachments import open_attachment
from guiju.files.services.checking import check_attachment
from guiju.files.tests.factories import PDF, allow_sensitive, consent_to_sensitive, customer_of, put
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.judging import judge_now
from guiju.privacy.models import Consent
from guiju.privacy.registry import KEEPERS
from guiju.privacy.tests.factories import data_officer, publish

IDENTITY = "110101199003077571"


def read(member: Member, row: Attachment) -> bytes:
    with acting(member):
        _, content = open_attachment(attachment_id=row.pk, purpose="sales", reason="核对证件", actor=member, at=AT)
        return b"".join(content)


def test_a_sensitive_file_comes_in_after_assessment_notice_and_a_consent_of_its_own(group: Group) -> None:
    publish(group)
    seller, li = group.sales_a, customer_of(group.sales_a)
    with pytest.raises(Refused) as refusal:
        put(seller, li, grade="sensitive")
    assert {"privacy.active_first", "privacy.told_first"} <= {one.code for one in refusal.value.problems}
    allow_sensitive(group)
    with pytest.raises(Refused) as refusal:
        put(seller, li, grade="sensitive")
    assert [one.code for one in refusal.value.problems] == ["privacy.separate_consent_first"]
    consent_to_sensitive(seller, li)
    row = put(seller, li, grade="sensitive").attachment
    assert read(seller, row) == PDF
    with acting(seller):
        consent = Consent.objects.get(subject=li.subject, purpose="sales", ended_at=None)
        withdraw_customer_consent(customer_id=li.pk, consent_id=consent.pk, actor=seller, at=AT)
    with pytest.raises(Refused) as refusal:
        read(seller, row)
    assert refusal.value.code == "sensitive_unconsented" and "第二十九条" in refusal.value.sentence


def test_what_turns_out_to_be_sensitive_is_used_for_nothing_and_found_by_the_cleanup(group: Group) -> None:
    publish(group)
    row = put(group.sales_a, customer_of(group.sales_a), "名单.txt", f"身份证 {IDENTITY}".encode()).attachment
    check_attachment(attachment_id=row.pk, entity_id=row.entity_id, at=AT)
    with pytest.raises(Refused) as refusal:
        read(group.sales_a, row)
    assert refusal.value.code == "sensitive_unconsented"
    with acting(data_officer(group)):
        [judged] = judge_now(row.entity_id, at=AT).judge(KEEPERS["files.attachment"].of(row.entity_id, [row.pk]))
    assert "privacy.active_first" in judged.flaws["sensitive"]


def test_the_notice_says_what_of_sensitive_files_and_of_children_is_possible(group: Group) -> None:
    text = publish(group).text
    assert "不主动收集敏感个人信息" in text and "我们不收集敏感个人信息" not in text
    assert "合同、证明等文件里可能有证件号码" in text and "不满十四周岁未成年人的个人信息都是敏感个人信息" in text
    allow_sensitive(group)
    text = publish(group).text
    assert "敏感附件的内容是敏感个人信息" in text and "必要性——办理业务要核对证件原件" in text
    assert "对您的影响——泄露可能被冒用身份" in text and "可能有证件号码" not in text


def test_staff_ask_about_sensitive_files_on_the_page(group: Group, client: Client) -> None:
    allow_sensitive(group)
    li = customer_of(group.sales_a)
    sign_in(client, "xiaoshou.a")
    address = f"/customers/{li.pk}/consents/add/"
    assert "敏感附件的内容" in client.get(address).content.decode()
    client.post(address, {"separately": ["file.sensitive"], "proof": "同意书 3 号"})
    with acting(group.sales_a):
        assert {tuple(one.fields) for one in Consent.objects.filter(subject=li.subject)} == {("file.sensitive",)}

"""本公司词库: words that a company can prove are no findings, until they expire or are withdrawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.test import Client

from guiju.evidence.selectors import history_of
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, let, sign_in
from guiju.review.engine import review_ad
from guiju.review.models import OwnWord
from guiju.review.selectors import exemptions_of
from guiju.review.services import decide_own_word, propose_own_word, withdraw_own_word
from guiju.review.services.own_words import WordDetails
from guiju.review.tests.conftest import People

TODAY = AT.date()
DETAILS = WordDetails("顶级牌", "trademark", "商标注册证第12345678号", date(2027, 12, 31))
COPY = "顶级牌大米，新米上市"


def propose(actor: Member, details: WordDetails = DETAILS) -> OwnWord:
    with acting(actor):
        return propose_own_word(details=details, actor=actor, at=AT)


def decide(actor: Member, word: OwnWord, *, allow: bool = True, reason: str = "") -> OwnWord:
    with acting(actor):
        return decide_own_word(word_id=word.pk, allow=allow, reason=reason, actor=actor, at=AT)


def decision(group: Group, text: str, on: date = TODAY) -> str:
    with acting(group.sales_a):
        return review_ad(text, on=on, exemptions=exemptions_of(group.company_a.pk, on=on)).decision


def test_allowed_words_are_no_finding_in_their_company_until_the_day_they_expire(group: Group, people: People) -> None:
    assert decision(group, COPY) == "block"
    word = propose(people.marketer)
    assert decision(group, COPY) == "block"
    decide(people.lawyer, word)
    assert decision(group, COPY) == "pass"
    assert decision(group, "顶级大米") == "block"
    assert decision(group, COPY, on=DETAILS.valid_until) == "pass"
    assert decision(group, COPY, on=DETAILS.valid_until + timedelta(days=1)) == "block"
    with acting(group.sales_b):
        assert exemptions_of(group.company_b.pk, on=TODAY) == ()


def test_a_brand_frees_no_promise_of_cure(group: Group, people: People) -> None:
    decide(people.lawyer, propose(people.marketer, replace(DETAILS, words="根治堂")))
    with acting(group.sales_a):
        words = exemptions_of(group.company_a.pk, on=TODAY)
        from guiju.kernel.rules.model import Occasion

        verdict = review_ad("根治堂，鼻炎根治不复发", on=TODAY, occasion=Occasion("medical"), exemptions=words)
    assert verdict.decision == "block"


def test_each_step_leaves_an_entry_with_its_reason(group: Group, people: People) -> None:
    word = propose(people.marketer)
    decide(people.lawyer, word, reason="商标局官网已核对")
    with acting(people.marketer):
        withdraw_own_word(word_id=word.pk, reason="商标转让", actor=people.marketer, at=AT)
        versions = list(history_of(word))
    assert [version.number for version in versions] == [3, 2, 1] or [version.number for version in versions] == [
        1,
        2,
        3,
    ]
    assert decision(group, COPY) == "block"


def test_only_a_legal_role_decides_and_only_who_may_propose_does(group: Group, people: People) -> None:
    word = propose(people.marketer)
    for actor in (people.marketer, group.compliance):
        with pytest.raises(NotAllowed, match="法务"):
            decide(actor, word)
    with pytest.raises(NotAllowed, match="不能提出"):
        propose(group.sales_a)
    with pytest.raises(Missing):
        decide(group.sales_b, word)


def test_nobody_decides_what_they_proposed(group: Group, people: People) -> None:
    let("legal", "own_word.propose", "company")
    word = propose(people.lawyer)
    with pytest.raises(Refused, match="您自己提出的"):
        decide(people.lawyer, word)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"proof": " "}, "没有写明证明"),
        ({"valid_until": TODAY - timedelta(days=1)}, "已经到期"),
        ({"words": "最"}, "至少2个字"),
        ({"words": "顶" * 61}, "最多60个"),
        ({"words": "顶级\x00牌"}, "看不见的控制字符"),
        ({"sort": "logo"}, "性质可填"),
        ({"proof": "证" * 201}, "最多200个"),
    ],
)
def test_what_cannot_be_proposed_is_told(people: People, change: dict[str, object], words: str) -> None:
    with pytest.raises(Refused, match=words):
        propose(people.marketer, replace(DETAILS, **change))  # type: ignore[arg-type]


def test_words_stand_once_in_the_list_of_a_company(people: People) -> None:
    word = propose(people.marketer)
    with pytest.raises(Refused, match="已经有“顶级牌”"):
        propose(people.marketer)
    decide(people.lawyer, word, allow=False, reason="注册号查不到")
    propose(people.marketer)


def test_a_refusal_has_a_reason_and_is_final(people: People) -> None:
    word = propose(people.marketer)
    with pytest.raises(Refused, match="请写明原因"):
        decide(people.lawyer, word, allow=False)
    decide(people.lawyer, word, allow=False, reason="注册号查不到")
    with pytest.raises(Refused, match="未放行，不用再决定"):
        decide(people.lawyer, word)


def test_the_way_over_the_pages(group: Group, people: People, client: Client) -> None:
    sign_in(client, "yingxiao.a")
    assert "提出用语" in client.get("/review/words/").content.decode()
    given = {"words": "顶级牌", "sort": "trademark", "proof": "", "valid_until": "2030-12-31"}
    assert "没有写明证明" in client.post("/review/words/propose/", given).content.decode()
    assert client.post("/review/words/propose/", given | {"proof": "商标注册证第1号"}).status_code == 302
    with acting(people.marketer):
        word = OwnWord.objects.get()
    assert "放行</button>" not in client.get("/review/words/").content.decode()
    sign_in(client, "fawu")
    assert "放行</button>" in client.get("/review/words/").content.decode()
    page = client.post(f"/review/words/{word.pk}/decide/", {"decision": "refuse"}, follow=True).content.decode()
    assert "请写明原因" in page
    page = client.post(f"/review/words/{word.pk}/decide/", {"decision": "allow"}, follow=True).content.decode()
    assert "“顶级牌”已放行" in page
    sign_in(client, "xiaoshou.a")
    assert "未发现已知问题" in client.post("/review/", {"text": COPY, "sector": "food"}).content.decode()

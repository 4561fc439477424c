"""What is doubted: taken in, worked for, looked through, and never lost."""

from __future__ import annotations

import hashlib
import itertools
import shutil
import subprocess
from pathlib import Path

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from guiju.complaints.models import Complaint
from guiju.complaints.proofs import BITS, PREFIX, is_worked_for
from guiju.complaints.services.care import care_for_complaints
from guiju.complaints.services.handling import accept_complaint
from guiju.complaints.services.intake import MANY, MANY_MORE
from guiju.complaints.services.sifting import restore_discarded, sift_complaints
from guiju.complaints.tests.factories import again, agent_of, complain
from guiju.database.scope import scope
from guiju.deadlines.models import Duty
from guiju.deadlines.selectors.duties import RUNNING
from guiju.kernel.errors import Missing, Refused
from guiju.notifications.models import Notice
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in

PLACE = "203.0.113.7"
MOST = MANY[0][1]


def proof_for(key: str) -> str:
    return next(str(n) for n in itertools.count() if is_worked_for(key, str(n)))


def doubted(group: Group) -> Complaint:
    cases = [complain(group.company_a, f"第{n}件", origin=PLACE).complaint for n in range(MOST + 1)]
    return cases[-1]


def running(case: Complaint) -> int:
    with scope(entities={case.entity_id}):
        return Duty.objects.filter(subject_id=case.pk, state__in=RUNNING).count()


@given(st.text(), st.text())
def test_no_proof_but_the_work_itself_counts(key: str, proof: str) -> None:
    digest = hashlib.sha256(f"{PREFIX}{key.strip()}:{proof}".encode("utf-8", "surrogatepass")).hexdigest()
    assert is_worked_for(key, proof) <= digest.startswith("0" * (BITS // 4))


@pytest.mark.django_db
def test_who_worked_for_it_is_not_doubted_though_many_come_from_there(group: Group) -> None:
    assert doubted(group).is_doubtful
    assert not complain(group.company_a, "又一件", origin=PLACE, key="k", proof=proof_for("k")).complaint.is_doubtful
    assert complain(group.company_a, "再一件", origin=PLACE, key="other", proof=proof_for("k")).complaint.is_doubtful


@pytest.mark.django_db
def test_so_many_are_doubted_though_each_was_worked_for(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guiju.complaints.services.intake.MANY", ((MANY[0][0], 1),))
    cases = []
    for n in range(MANY_MORE + 1):
        said = {"origin": PLACE, "key": f"k{n}", "proof": proof_for(f"k{n}")}
        cases.append(complain(group.company_a, f"第{n}件", **said).complaint)
    assert [one.is_doubtful for one in cases] == [False] * MANY_MORE + [True]


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here: the browser's own run is in tests/journeys")
def test_what_the_page_computes_is_what_is_asked_for(tmp_path: Path) -> None:
    script = (Path(__file__).parent.parent / "static/complaints/door.js").read_text("utf-8")
    page = f"""
    const field = {{dataset: {{bits: "{BITS}", prefix: "{PREFIX}"}}, value: ""}};
    global.document = {{querySelector: (name) => (name.includes("proof") ? field : {{value: "a-key_of22characters1"}})}};
    process.on("exit", () => console.log(field.value));
    """
    (tmp_path / "run.js").write_text(page + script, "utf-8")
    done = subprocess.run(["node", tmp_path / "run.js"], capture_output=True, text=True, timeout=120, check=True)
    assert is_worked_for("a-key_of22characters1", done.stdout.strip())


@pytest.mark.django_db
def test_what_is_none_ends_with_a_reason_and_comes_back_with_its_clocks(group: Group) -> None:
    agent, case = agent_of(group), doubted(group)
    care_for_complaints(at=AT)
    assert running(case)
    with acting(agent):
        with pytest.raises(Refused, match="请写明为什么不是投诉"):
            sift_complaints(complaint_ids=[case.pk], is_complaint=False, reason=" ", actor=agent, at=AT)
        assert sift_complaints(complaint_ids=[case.pk], is_complaint=False, reason="广告", actor=agent, at=AT) == 1
    gone = again(case)
    assert (gone.state, gone.is_discarded, gone.due_at) == ("refused", True, None) and not running(case)
    with scope(entities={case.entity_id}):
        assert not Notice.objects.filter(key__contains=str(case.pk)).exists()

    with acting(agent):
        restore_discarded(complaint_id=case.pk, actor=agent, at=AT)
        with pytest.raises(Refused, match="没有筛掉"):
            restore_discarded(complaint_id=case.pk, actor=agent, at=AT)
        back = again(case)
        assert (back.state, back.is_discarded, back.is_doubtful) == ("received", False, False) and running(case)
        assert accept_complaint(complaint_id=case.pk, actor=agent, at=AT).state == "accepted"


@pytest.mark.django_db
def test_what_is_one_is_confirmed_and_others_stay_as_they_are(group: Group) -> None:
    agent, case = agent_of(group), doubted(group)
    sure = complain(group.company_a, "好好写的", phone="13900001111").complaint
    care_for_complaints(at=AT)
    with acting(agent):
        both = [case.pk, sure.pk]
        assert sift_complaints(complaint_ids=both, is_complaint=False, reason="广告", actor=agent, at=AT) == 1
        assert again(sure).state == "received"
        restore_discarded(complaint_id=case.pk, actor=agent, at=AT)
    with pytest.raises(Missing), acting(group.sales_a):
        sift_complaints(complaint_ids=[case.pk], is_complaint=True, reason="", actor=group.sales_a, at=AT)


@pytest.mark.django_db
def test_staff_sift_many_at_once_on_one_page(group: Group, client: Client) -> None:
    agent, case = agent_of(group), doubted(group)
    sign_in(client, agent.user.username)

    page = client.get("/complaints/sift/").content.decode()
    assert case.number in page and page.count('name="case"') == 1
    refused = client.post("/complaints/sift/", {"do": "discard", "case": [str(case.pk), "x"], "reason": ""})
    assert refused.status_code == 422 and "checked" in refused.content.decode()
    client.post("/complaints/sift/", {"do": "discard", "case": [str(case.pk)], "reason": "广告"})
    assert again(case).is_discarded
    assert case.number in client.get("/complaints/", {"state": "discarded"}).content.decode()
    client.post(f"/complaints/{case.pk}/restore/")
    assert not again(case).is_discarded
    assert "没有待筛选的投诉" in client.get("/complaints/sift/").content.decode()

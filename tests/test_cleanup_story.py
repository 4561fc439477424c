"""The education company of the article: pupils' 家庭住址 and 父母职业 were collected without notice and separate consent;
they are found, frozen, deleted by two people from every copy, and the log says 已依法删除."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from django.utils import timezone

from guiju.archives.models import Disposal
from guiju.customers.models import Customer
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.reading import reading
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.values import put_values, values_of
from guiju.database.provision import Database
from guiju.database.scope import scope
from guiju.evidence.selectors import GONE_BY_LAW, history_of
from guiju.evidence.sequencer import Sequencer
from guiju.evidence.services import Act, record
from guiju.evidence.verification.run import check
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Refused
from guiju.kernel.evidence.note import SignerKey
from guiju.keys.ring import keyring
from guiju.organisations.models import Entity, Member
from guiju.organisations.selectors import acting
from guiju.organisations.services import register_company
from guiju.organisations.tests.factories import AT, details, join, make_group
from guiju.privacy.models import Cleanup
from guiju.privacy.selectors.catalogue import fields_of
from guiju.privacy.selectors.notices import notice_in_force
from guiju.privacy.services.catalogue import FieldDetails, activate_field, assess_field, propose_field
from guiju.privacy.services.cleanup import freeze_found, propose_found, start_cleanup
from guiju.privacy.services.collections import found_collection
from guiju.privacy.services.notices import publish_notice
from guiju.privacy.terms import Channel
from guiju.privacy.tests.factories import given
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval

KEY = SignerKey.new("guiju/cleanup")
HOME, JOB = "杭州市西湖区某路1号", "中学教师"
ANSWERS = {
    "necessity": "为了向家长说明怎样选课，要知道家里的情况",
    "impact": "泄露会让人知道家庭情况，可能造成困扰",
    "measures": "加密存储，按权限脱敏，只给服务的人看",
}


class School:
    """A training company with the people who work there, and one pupil."""

    def __init__(self) -> None:
        group = make_group()
        admin, security = group.system_admin, group.security_admin
        with acting(admin):
            self.company: Entity = register_company(
                details=details(name="某教育培训有限公司", sector="education", parent_id=group.headquarters.pk),
                actor=admin,
                at=AT,
            )
        self.teacher, self.officer, self.archivist, self.lawyer = (
            join(self.company, role, f"{role}.edu".replace("_", ""), admin, security)
            for role in ("sales", "data_officer", "archivist", "legal")
        )
        self.publish()
        consents = [given(purpose, by_guardian=True) for purpose in ("sales", "service")]
        with acting(self.teacher):
            values = {"name": "李小明", "birthday": "2015-05-01", "phone": "13800138000"}
            self.pupil = add_customer(
                kind="person", values=values, how=How(consents=consents), actor=self.teacher, at=AT
            ).customer

    def publish(self) -> None:
        with acting(self.officer):
            publish_notice(
                entity_id=self.company.pk,
                contact="400-000-0000",
                children="王主任",
                stored_in="本校机房",
                actor=self.officer,
                at=AT,
            )

    def own_field(self) -> str:
        """父母职业: sensitive by the check, assessed, in use; told of to nobody yet."""
        actor = self.officer
        wanted = FieldDetails("父母职业", uses={"service": "consent"}, consent="separate", retention=12)
        with acting(actor):
            row = propose_field(entity_id=actor.entity_id, record_kind="person", details=wanted, actor=actor, at=AT)
            known = {"entity_id": actor.entity_id, "record_kind": "person", "code": row.code, "actor": actor, "at": AT}
            made = assess_field(**known, **ANSWERS)  # type: ignore[arg-type]
            approval = Approval.objects.get(subject_id=made.pk)
        self.allow(approval, self.lawyer)
        with acting(actor):
            activate_field(**known)  # type: ignore[arg-type]
        return row.code

    def allow(self, approval: Approval, by: Member) -> None:
        with acting(by):
            decide_approval(approval_id=approval.pk, allows=True, note="", actor=by, at=AT)

    def take_from_old_system(self, **values: str) -> None:
        """As it was before this program: nobody was told or asked."""
        with acting(self.teacher):
            row = Customer.objects.get(pk=self.pupil.pk)
            act = Act("customers.change_customer", self.teacher, AT)
            origin = found_collection(
                act, entity_id=row.entity_id, channel=Channel.IMPORT, source="旧系统", notice=None
            )
            row.origins = row.origins | dict.fromkeys(values, str(origin.pk))
            put_values(row, fields_of(row.entity_id, "person"), values_of(row) | values)
            row.save()
            record(act, entity_id=row.entity_id, subject=row)

    def find(self) -> Cleanup:
        with acting(self.officer):
            return start_cleanup(entity_id=self.company.pk, on=day_of(AT), actor=self.officer, at=AT)

    def delete(self, found: Cleanup) -> Disposal:
        with acting(self.officer):
            made = propose_found(
                cleanup_id=found.pk, basis="unlawful", reason="责令改正通知书1号", actor=self.officer, at=AT
            )
            assert made.disposal is not None
            approval = Approval.objects.get(subject_id=made.disposal_id)
            # Nobody deletes alone.
            with pytest.raises(Exception, match=r"不能|角色"):
                decide_approval(approval_id=approval.pk, allows=True, note="", actor=self.officer, at=AT)
        self.allow(approval, self.archivist)
        with acting(self.archivist):
            return Disposal.objects.get(pk=made.disposal_id)

    def seen(self) -> str:
        """Everything that anybody may read of the pupil, for every purpose."""
        said = []
        for purpose in ("sales", "service", "orders", "complaints", "marketing"):
            with acting(self.teacher), reading(self.teacher, purpose=purpose, on=day_of(AT)) as seen:
                said += [cell.text for cell in seen.cells_of(seen.customer(self.pupil.pk)).values()]
        return "、".join(said)


@pytest.fixture
def school(own_database: Database) -> School:
    return School()


def test_the_story_of_the_article(school: School, own_database: Database) -> None:
    code = school.own_field()
    with acting(school.teacher), pytest.raises(Refused) as refusal:
        # The door itself refuses what the article's company did.
        add_customer(
            kind="person", values={"name": "王小二", code: JOB}, how=How(), actor=school.teacher, at=AT, is_another=True
        )
    assert "privacy.pupil_as_sensitive" in {one.code for one in refusal.value.problems}
    school.take_from_old_system(address=HOME, **{code: JOB})
    assert HOME[:3] not in school.seen() and JOB not in school.seen()

    found = school.find()
    assert set(found.counts) == {"person.address", f"person.{code}"}
    assert all("privacy.told_first" in one["why"] for one in found.counts.values())
    with acting(school.officer):
        frozen = freeze_found(cleanup_id=found.pk, reason="等待删除", actor=school.officer, at=AT)
    assert frozen.frozen_values == 2
    with acting(school.teacher), reading(school.teacher, purpose="service", on=day_of(AT)) as seen:
        cells = seen.cells_of(seen.customer(school.pupil.pk))
        assert cells["address"].why == cells[code].why == "仅存储，不能使用"
        assert CustomerFilter("李小明").of(seen.customers(), seen).exists()

    done = school.delete(found)
    assert done.state == Disposal.State.DONE and done.counts == {"customers.values": 2}
    assert done.proposed_by != done.decided_by
    assert school.find().counts == {}
    with scope(entities={school.company.pk}):
        row = Customer.objects.get(pk=school.pupil.pk)
        assert values_of(row).keys() == {"name", "birthday", "phone"} and notice_in_force(row.entity_id) is not None
        said = str([(change.old, change.new) for one in history_of(row) for change in one.changes])
    assert HOME not in said and JOB not in said and GONE_BY_LAW in said

    with psycopg.connect(own_database.conninfo("sequencer"), autocommit=True) as one:
        Sequencer(one, KEY).round(at=timezone.now() + timedelta(seconds=1))
    with psycopg.connect(own_database.conninfo("superuser")) as admin:
        report = check(admin, key=KEY.verifier, ring=keyring())
    assert report.ok and report.findings == [] and report.erased == 2

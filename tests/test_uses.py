"""Whatever runs by itself says for which purpose it uses people's information, and uses nothing else (自动处理)."""

from __future__ import annotations

import pytest
from procrastinate.contrib.django import app

from guiju.customers.models import Customer
from guiju.customers.selectors.using import usable_values
from guiju.customers.services.consents import withdraw_customer_consent
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.services.own_page import refuse_by_phone
from guiju.kernel.calendar.clock import day_of
from guiju.notifications.models import Sort
from guiju.notifications.registry import NOTICES, NoticeKind, register_notice
from guiju.organisations.registry import PURPOSES
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group
from guiju.privacy.models import Consent
from guiju.privacy.tests.factories import given, publish
from guiju.privacy.uses import USES, Use, register_use

NOTHING_OF_PEOPLE = {
    "guiju.access.tasks.begin_reviews": "rights of members",
    "guiju.accounts.tasks.take_old_sessions_away": "sessions of staff",
    "guiju.accounts.tasks.tidy_request_log": "requests of staff",
    "guiju.archives.tasks.carry_out": "destroys what two people decided on, and reads nothing for itself",
    "guiju.archives.tasks.look_for_over": "gives tasks for what has been kept long enough, and looks at no value",
    "guiju.audit.tasks.verify_nightly": "digests of the log",
    "guiju.customers.tasks.let_go_of_old_imports": "empties files that were taken in",
    "guiju.customers.tasks.read_missing_names": "makes what names are found by, and shows none",
    "guiju.customers.tasks.seal_open_notes": "puts texts under a key, and looks at none",
    "guiju.customers.tasks.seal_open_values": "puts values under a key, and looks at none",
    "guiju.deadlines.tasks.keep_duties": "deadlines of the company",
    "guiju.directory.tasks.forget_old_intakes": "lists of staff",
    "guiju.evidence.tasks.anchor_newest": "checkpoints of the log",
    "guiju.notifications.tasks.keep_digests": "notices to staff",
    "guiju.orders.tasks.let_go_of_files": "empties files that were taken in",
    "guiju.privacy.tasks.clear_old_messages": "empties messages whose time is over, and looks at none",
    "guiju.privacy.tasks.tell_who_has_not_heard": "ids of what ended, for who has to hear of it",
    "guiju.privacy.tasks.seal_open_proofs": "puts texts under a key, and looks at none",
    "guiju.work.tasks.keep_time": "tasks and approvals of staff",
    "procrastinate.builtin_tasks.remove_old_jobs": "jobs, ids only",
}


def test_whatever_the_clock_starts_has_a_purpose_or_touches_nobody() -> None:
    declared = {task for use in USES.values() for task in use.tasks}
    assert declared <= app.tasks.keys(), "a use names a task that there isn't"
    periodic = {one.task.name for one in app.periodic_registry.periodic_tasks.values()}
    assert periodic - declared - NOTHING_OF_PEOPLE.keys() == set()
    assert not declared & NOTHING_OF_PEOPLE.keys()


def test_an_automation_without_a_purpose_does_not_start() -> None:
    for purpose in ("", "everything"):
        with pytest.raises(ValueError, match="names no purpose"):
            register_use(Use("tests.greeting", "生日祝福", purpose))
    assert "tests.greeting" not in USES
    with pytest.raises(ValueError, match="writes to customers"):
        register_notice(NoticeKind("tests.greeting", "生日", "生日快乐", "{name}", {"name": "张三"}, route=(Sort.SMS,)))
    assert "tests.greeting" not in NOTICES


def test_reminders_notices_and_figures_name_theirs() -> None:
    assert (USES["sales.follow_ups"].purpose, USES["sales.figures"].purpose) == ("sales", "sales")
    assert all(one.purpose in PURPOSES for one in NOTICES.values() if not one.is_for_staff)


def test_an_automation_gets_what_was_collected_for_its_purpose_and_the_reason_for_the_rest(group: Group) -> None:
    publish(group)
    how = How(consents=[given("marketing"), given("service")])
    values = {"name": "李小明", "phone": "13800138000", "birthday": "1990-03-07", "company": "某某公司"}
    greeting, repair = Use("tests.greeting", "生日祝福", "marketing"), Use("tests.repair", "保养提醒", "service")
    with pytest.raises(ValueError, match="not registered"):
        usable_values(greeting, [], on=day_of(AT))
    try:
        for use in (greeting, repair):
            register_use(use)
        with acting(group.sales_a):
            li = add_customer(kind="person", values=values, how=how, actor=group.sales_a, at=AT).customer

            def used(use: Use) -> tuple[set[str], set[str]]:
                found = usable_values(use, Customer.objects.filter(pk=li.pk), on=day_of(AT))[li.pk]
                return set(found.values), set(found.left_out)

            assert used(greeting) == ({"phone", "birthday"}, {"name", "company"})
            assert used(repair) == ({"name", "phone", "birthday", "company"}, set())
            refuse_by_phone(entity_id=li.entity_id, phone="13800138000", at=AT)
            assert used(greeting)[0] == set()
            consent = Consent.objects.get(subject=li.subject, purpose="service", ended_at=None)
            withdraw_customer_consent(customer_id=li.pk, consent_id=consent.pk, actor=group.sales_a, at=AT)
            assert used(repair) == ({"name", "phone", "company"}, {"birthday"})
    finally:
        for use in (greeting, repair):
            USES.pop(use.code, None)


@pytest.mark.parametrize(
    ("act", "words"),
    [("publishes", "公开个人信息"), ("uses_public_images", "维护公共安全以外"), ("goes_abroad", "向境外提供")],
)
def test_what_asks_for_a_separate_consent_is_not_declared_without_one(act: str, words: str) -> None:
    """个人信息保护法 第二十五条, 第二十六条, 第三十九条."""
    with pytest.raises(ValueError, match=words):
        register_use(Use("tests.act", "试", "service", acts=frozenset({act})))
    assert "tests.act" not in USES
    try:
        register_use(Use("tests.act", "试", "service", acts=frozenset({act}), asks_separately=True))
    finally:
        USES.pop("tests.act", None)


def test_nothing_here_publishes_goes_abroad_or_uses_pictures_of_public_places() -> None:
    assert not [use.code for use in USES.values() if use.acts]
    with pytest.raises(ValueError, match="no such act"):
        register_use(Use("tests.act", "试", "service", acts=frozenset({"sells"})))

"""What is found agrees with what is read, and with the consents of each day (查找与读取、与同意的期间一致)."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import given as given_any
from hypothesis import strategies as st

from guiju.customers.selectors.reading import reading
from guiju.customers.services.intake import How
from guiju.customers.tests.test_cleanup import DAY, enter, find, past_the_door, why
from guiju.database.scope import scope
from guiju.kernel.calendar.clock import day_of
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group
from guiju.privacy.models import Consent, PrivacyNotice
from guiju.privacy.tests.factories import given, publish


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given_any(
    consents=st.sets(st.sampled_from(["service", "marketing"])),
    born_on=st.sampled_from(["", "2000-01-01", "2015-05-01"]),
    untold=st.sets(st.sampled_from(["phone", "wechat", "gender", "address"])),
)
def test_what_is_found_is_what_no_purpose_shows(
    group: Group, consents: set[str], born_on: str, untold: set[str]
) -> None:
    """A value is found exactly where the reading door shows it for no purpose (no pupils here, nothing over time)."""
    with transaction.atomic():
        publish(group)
        values = {
            "phone": "13800138000",
            "wechat": "liming",
            "gender": "女",
            "address": "杭州市某路",
            "birthday": born_on,
        }
        li = enter(group, {"name": "李小明"}, How(consents=[given(one) for one in sorted(consents)]))
        past_the_door(
            group, li, notice=True, **{code: text for code, text in values.items() if code not in untold and text}
        )
        past_the_door(group, li, **{code: values[code] for code in untold})
        shown = set()
        for purpose in ("sales", "service", "orders", "complaints", "marketing"):
            with acting(group.sales_a), reading(group.sales_a, purpose=purpose, on=day_of(AT)) as seen:
                cells = seen.cells_of(seen.customer(li.pk))
                shown |= {code for code, cell in cells.items() if not cell.why}
        held = {"name", *(code for code, text in values.items() if text)}
        assert {name.removeprefix("person.") for name in find(group).counts} == held - shown
        transaction.set_rollback(True)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given_any(periods=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 4) | st.none()), max_size=3))
def test_a_day_is_right_exactly_when_a_consent_covers_its_end(
    group: Group, periods: list[tuple[int, int | None]]
) -> None:
    """Consents begin on some day after the value came in, and end some days later or never."""
    with transaction.atomic():
        publish(group)
        li = enter(group, {"name": "李小明"})
        past_the_door(group, li, notice=True, gender="女")
        noon = datetime(2026, 11, 25, 4, tzinfo=UTC)
        with scope(entities={li.entity_id}):
            for first, length in periods:
                begin = noon + first * DAY
                Consent.objects.create(
                    entity_id=li.entity_id,
                    subject=li.subject,
                    kind="consent",
                    purpose="service",
                    notice=PrivacyNotice.objects.get(),
                    channel="paper",
                    proof="x",
                    given_at=begin,
                    recorded_at=begin,
                    ended_at=begin + length * DAY if length else None,
                    ending="withdrawn" if length else "",
                )
        now = noon + 15 * DAY
        for day in range(12):
            covered = any(first <= day and (length is None or day < first + length) for first, length in periods)
            found = why(find(group, at=now, on=day_of(noon + day * DAY)))
            assert set(found) == (set() if covered else {"person.gender"})
            was_taken_back = any(length is not None and first + length <= day for first, length in periods)
            assert covered or ("delete_after_withdrawal" in found["person.gender"]) == was_taken_back
        transaction.set_rollback(True)

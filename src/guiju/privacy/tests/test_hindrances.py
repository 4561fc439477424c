"""The search for unlawful values asks the rules of collection, and agrees with the door of reading (查找与使用一致)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from guiju.privacy.collecting import COLLECT, KEEP, Circumstances
from guiju.privacy.fields import Field
from guiju.privacy.selectors.cleanup import WORDS
from guiju.privacy.selectors.consents import Standing
from guiju.privacy.selectors.notices import Told
from guiju.privacy.terms import AgeGroup, Basis, ConsentKind, FieldState, Grade
from guiju.rulebook import rules_at

ON = date(2026, 11, 24)
PUPILS = {"privacy.pupil_as_sensitive", "privacy.pupil_guardian_first"}
PURPOSES = ("sales", "service", "marketing")
USES = st.dictionaries(st.sampled_from(PURPOSES), st.sampled_from([Basis.CONSENT, Basis.CONTRACT, Basis.DUTY]))
PAIRS = st.frozensets(st.tuples(st.sampled_from(PURPOSES), st.sampled_from(["", "person.x1"])))

NAMES = st.frozensets(st.sampled_from(["person.x1", "person.x2"]))


@st.composite
def situations(draw: st.DrawFn) -> tuple[Circumstances, Told, Field]:
    field = Field(
        "person",
        "x1",
        "父母职业",
        grade=draw(st.sampled_from([Grade.GENERAL, Grade.SENSITIVE, Grade.BUSINESS])),
        uses=draw(USES),
        consent=draw(st.sampled_from(list(ConsentKind))),
        state=draw(st.sampled_from(list(FieldState))),
    )
    told = Told(UUID(int=1), {"person.x1": {purpose: str(basis) for purpose, basis in draw(USES).items()}})
    told = told if draw(st.booleans()) else Told()
    given_, guarded = draw(PAIRS), draw(PAIRS)
    reach = draw(st.dictionaries(st.tuples(st.sampled_from(PURPOSES), st.booleans()), NAMES))
    sector = draw(st.sampled_from(["general", "education"]))
    age = draw(st.sampled_from(list(AgeGroup)))
    return (
        Circumstances({"x1": field}, Told(), ON, Standing(given_ | guarded, guarded, {}, reach), age, sector),
        told,
        field,
    )


@given(situations())
def test_a_value_is_hindered_exactly_where_no_purpose_may_use_it(found: tuple[Circumstances, Told, Field]) -> None:
    """Beside the rules of the house for pupils, which ask for more than the door of reading does."""
    around, told, field = found
    hindrances = set(around.hindrances("person", "x1", told))
    is_usable = any(around.is_usable(field, purpose, told) for purpose in PURPOSES)
    assert is_usable or hindrances
    if is_usable and hindrances:
        assert PUPILS & hindrances and around.sector == "education"


@given(situations())
def test_what_may_be_taken_in_now_is_not_found_at_once(found: tuple[Circumstances, Told, Field]) -> None:
    """For one purpose: with several, a consent to one and a guardian's to another let in what neither may use."""
    around, told, field = found
    if len(field.uses) != 1:
        return
    now = Circumstances(around.fields, told, ON, around.standing, around.age, around.sector)
    assert [one.code for one in now.refusals("person", "x1")] == list(around.hindrances("person", "x1", told))


def test_a_field_that_nobody_declared_is_hindered() -> None:
    assert Circumstances({}, Told(), ON).hindrances("person", "x9", Told()) == ("privacy.declared_first",)


def test_before_the_law_was_in_force_nothing_is_found() -> None:
    assert Circumstances({}, Told(), date(2021, 10, 31)).hindrances("person", "x9", Told()) == ()


def test_every_rule_that_finds_something_has_its_words() -> None:
    assert {rule.id for action in (COLLECT, KEEP) for rule in rules_at(action)} | {"unknown"} == WORDS.keys()

"""Work for the worker and the clock; arguments are ids only, each task opens its own scope."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app

from guiju.database.scope import scope
from guiju.directory.models import Intake
from guiju.directory.services import intake
from guiju.kernel.errors import GuijuError
from guiju.organisations import selectors

_FAULT = "程序出错，没有执行：请稍后再试，一直这样请联系维护人员"


@app.task(queue="imports", retry=3)
def work_on_intake(intake_id: str, entity_id: str, member_id: str, user_id: str) -> None:
    """Compare a list that was uploaded, or carry out one that was confirmed, as the member who did it.

    A directory is read before anything else, and outside of any transaction: it may take minutes.
    """
    found, entity = UUID(intake_id), UUID(entity_id)
    sentence = _FAULT
    try:
        with scope(entities={entity}):
            waits = Intake.objects.filter(pk=found, sort=Intake.Sort.LDAP, state=Intake.State.READING, content=b"")
            is_to_be_read = waits.exists()
        if is_to_be_read:
            content = intake.read_directory()
            with scope(entities={entity}):
                intake.keep_people(intake_id=found, content=content)
        with selectors.acting_by_id(UUID(member_id), UUID(user_id)) as member:
            at = timezone.now()
            intake.preview_intake(intake_id=found, actor=member, at=at)
            intake.run_intake(intake_id=found, actor=member, at=at)
        sentence = ""
    except GuijuError as error:
        # The list can't be carried out any more, or the member left or lost the right meanwhile.
        sentence = error.sentence
    finally:
        if sentence:
            with scope(entities={entity}):
                intake.end_intake(intake_id=found, sentence=sentence)


@app.periodic(cron="37 3 * * *")
@app.task(queue="clock", pass_context=False)
def forget_old_intakes(timestamp: int) -> None:
    """Lists hold names and addresses: what nobody confirms goes after a week, the lines of the others later."""
    intake.forget_old_intakes(at=timezone.now())

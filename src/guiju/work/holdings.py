"""What a member holds that another takes over when they leave: open tasks."""

from guiju.evidence.services import Act
from guiju.organisations.models import Member
from guiju.organisations.registry import HOLDINGS, Holding
from guiju.work.models import Task
from guiju.work.services.tasks import move_tasks


def _count(member: Member) -> int:
    return Task.objects.filter(holder=member, done_at=None).count()


def _hand_over(member: Member, successor: Member, act: Act) -> None:
    move_tasks(Task.objects.select_for_update(of=("self",)).filter(holder=member, done_at=None), successor, act)


HOLDINGS.append(Holding("待办", _count, _hand_over))

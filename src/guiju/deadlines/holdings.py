"""What a member holds that another takes over when they leave: what is due."""

from guiju.deadlines.models import Duty
from guiju.deadlines.services.duties import move_duties
from guiju.evidence.services import Act
from guiju.organisations.models import Member
from guiju.organisations.registry import HOLDINGS, Holding


def _count(member: Member) -> int:
    return Duty.objects.filter(holder=member, ended_at=None).count()


def _hand_over(member: Member, successor: Member, act: Act) -> None:
    move_duties(list(Duty.objects.select_for_update(of=("self",)).filter(holder=member, ended_at=None)), successor, act)


HOLDINGS.append(Holding("期限", _count, _hand_over))

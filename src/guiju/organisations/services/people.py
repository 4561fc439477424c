"""People come into a company (成员)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Problem, Refused
from guiju.organisations.models import Department, Entity, Member, User
from guiju.organisations.permissions import require
from guiju.organisations.services.tokens import revoke_tokens

SHORTEST_PASSWORD = 12
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")


def make_user(*, username: str, name: str, password: str, at: datetime) -> User:
    """A person who can sign in; raises `Refused` for a name or password that won't do."""
    user = User(id=new_id(), username=username.strip().casefold(), name=name.strip(), made_at=at)
    problems = [*username_problems(user.username), *password_problems(password, user)]
    if problems:
        raise Refused.because(problems)
    user.set_password(password)
    user.save(force_insert=True)
    return user


def username_problems(username: str) -> list[Problem]:
    """What is wrong with a user name, in standard spelling."""
    if not _USERNAME.fullmatch(username):
        sentence = f"用户名“{username}”只能用小写字母、数字和 . _ -，并以字母或数字开头"
        return [Problem("username_shape", sentence, "username")]
    if User.objects.filter(username=username).exists():
        return [Problem("username_taken", f"用户名“{username}”已经有人用了", "username")]
    return []


def password_problems(password: str, user: User) -> list[Problem]:
    """What is wrong with a password for this person, each in one sentence."""
    problems = []
    if len(password) < SHORTEST_PASSWORD:
        problems.append(f"至少{SHORTEST_PASSWORD}位，现为{len(password)}位")
    if any(len(own) > 2 and own.casefold() in password.casefold() for own in (user.username, user.name)):
        problems.append("不能含有用户名或姓名")
    try:
        validate_password(password)
    except ValidationError:
        problems.append("太常见，容易被猜到")
    return [Problem("password_weak", f"{user.name}的口令太弱：{'，'.join(problems)}", "password")] if problems else []


@transaction.atomic
def add_member(
    *,
    company: Entity,
    user: User,
    actor: Member,
    at: datetime,
    title: str = "",
    department: Department | None = None,
) -> Member:
    """Give a user a place in a company (加入成员); what they may do there is granted by another administrator."""
    require(actor, "member.add", on=company.pk)
    if Member.objects.filter(entity=company, user=user, left_at=None).exists():
        raise Refused("member_twice", f"{user.name}已经是{company.name}的成员", field="username")
    act = Act("organisations.add_member", actor, at)
    return place_member(company=company, user=user, act=act, title=title, department=department)


def place_member(
    *, company: Entity, user: User, act: Act, title: str = "", department: Department | None = None
) -> Member:
    """Write a membership and its entry; for services that have asked permission."""
    member = Member(id=new_id(), entity=company, user=user, department=department, title=title, joined_at=act.at)
    member.save(force_insert=True)
    # The log of the company is in sight for this write only; its business rows stay out of reach.
    with scope_with(company.pk):
        record(act, entity_id=company.pk, subject=member)
    return member


@transaction.atomic
def change_password(*, user: User, old: str, new: str, actor: Member, at: datetime) -> int:
    """Change one's own password (修改口令); other sessions and all tokens end. Returns how many tokens."""
    if not user.check_password(old):
        raise Refused("password_wrong", "现在的口令不对", field="old")
    problems = password_problems(new, user)
    if old == new:
        problems.append(Problem("password_same", "新口令和现在的一样", "new"))
    if problems:
        raise Refused.because([replace(problem, field="new") for problem in problems])
    user.set_password(new)
    user.save(update_fields=["password"])
    record(Act("organisations.change_password", actor, at), entity_id=actor.entity_id, subject=actor)
    return revoke_tokens(user=user, actor=actor, at=at)

"""People come into a company (成员)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Problem, Refused
from guiju.kernel.identifiers import Invalid, email, phone
from guiju.organisations.models import Department, Entity, Member, User
from guiju.organisations.permissions import require
from guiju.organisations.services.tokens import revoke_tokens

SHORTEST_PASSWORD = 12
LONGEST_NAME = 60
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")


@dataclass(frozen=True)
class PersonDetails:
    """Who somebody is: the name to sign in with, the person's name, where to reach them (both may be empty)."""

    username: str
    name: str
    email: str = ""
    phone: str = ""


def checked_person(details: PersonDetails, *, known: User | None = None) -> tuple[PersonDetails, list[Problem]]:
    """The details in standard spelling, and everything that is wrong with them; `known` may keep its name."""
    problems: list[Problem] = []
    username, name = details.username.strip().casefold(), " ".join(details.name.split())
    if known is None or username != known.username:
        problems += username_problems(username)
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        problems.append(Problem("person_name", f"姓名要填写，最多{LONGEST_NAME}个字", "name"))
    checked = {"email": details.email.strip(), "phone": details.phone.strip()}
    for field, check in (("email", email.check), ("phone", phone.check)):
        if checked[field]:
            try:
                checked[field] = check(checked[field])
            except Invalid as refusal:
                problems.append(Problem(refusal.code, refusal.sentence, field))
    return PersonDetails(username, name, **checked), problems


def make_user(*, username: str, name: str, password: str, at: datetime) -> User:
    """A person who can sign in; raises `Refused` for a name or password that won't do."""
    user = User(id=new_id(), username=username.strip().casefold(), name=name.strip(), made_at=at)
    problems = [*username_problems(user.username), *password_problems(password, user)]
    if problems:
        raise Refused.because(problems)
    user.set_password(password)
    user.save(force_insert=True)
    return user


def make_invited_user(*, details: PersonDetails, at: datetime) -> User:
    """A person without a password yet; raises `Refused` with every problem at once."""
    details, problems = checked_person(details)
    if problems:
        raise Refused.because(problems)
    user = User(id=new_id(), made_at=at, **vars(details))
    user.set_unusable_password()
    user.save(force_insert=True)
    return user


def person_as_decided(*, user_id: UUID, username: str, name: str, at: datetime) -> User:
    """Who decided something in a history which a restore left behind: if unknown here, a name that can't sign in."""
    known = User.objects.filter(pk=user_id).first()
    if known is not None:
        return known
    if User.objects.filter(username=username).exists():
        username = f"{username[:50]}.{str(user_id)[-8:]}"
    user = User(id=user_id, username=username, name=name, is_active=False, made_at=at)
    user.set_unusable_password()
    user.save(force_insert=True)
    return user


def title_problems(title: str) -> list[Problem]:
    """What is wrong with a title, its spaces put right already."""
    is_good = len(title) <= LONGEST_NAME and (title.isprintable() or not title)
    return [] if is_good else [Problem("title_long", f"职务最多{LONGEST_NAME}个字", "title")]


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
    """Give a user a place in a company (加入成员); what they may do there is granted by another administrator.

    Who had left everywhere may sign in again, after setting a new password.
    """
    require(actor, "member.add", on=company.pk)
    if Member.objects.filter(entity=company, user=user, left_at=None).exists():
        raise Refused("member_twice", f"{user.name}已经是{company.name}的成员", field="username")
    title = " ".join(title.split())
    if problems := title_problems(title):
        raise Refused.because(problems)
    if not user.is_active:
        # Whoever comes back sets a new password; what they had before has ended.
        user.is_active = True
        user.set_unusable_password()
        user.save(update_fields=["is_active", "password"])
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


@dataclass(frozen=True)
class MemberChanges:
    """How a person and their place are to be from now on."""

    name: str
    email: str
    phone: str
    title: str
    department_id: UUID | None


@transaction.atomic
def change_member(*, member: Member, changes: MemberChanges, actor: Member, at: datetime) -> Member:
    """Change a person's name, addresses, title or department (修改成员的资料)."""
    require(actor, "member.change", on=member.entity_id)
    member = Member.objects.select_for_update(of=("self",)).select_related("user", "entity").get(pk=member.pk)
    wanted = PersonDetails(member.user.username, changes.name, changes.email, changes.phone)
    details, problems = checked_person(wanted, known=member.user)
    title = " ".join(changes.title.split())
    problems += title_problems(title)
    department = None
    if changes.department_id is not None:
        department = Department.objects.filter(pk=changes.department_id, entity_id=member.entity_id).first()
        if department is None or department.closed_at:
            problems.append(Problem("department_missing", "这家公司没有这个部门", "department"))
    if problems:
        raise Refused.because(problems)
    user = member.user
    user.name, user.email, user.phone = details.name, details.email, details.phone
    user.save(update_fields=["name", "email", "phone"])
    member.title, member.department = title, department
    member.save(update_fields=["title", "department"])
    with scope_with(member.entity_id):
        record(Act("organisations.change_member", actor, at), entity_id=member.entity_id, subject=member)
    return member


@transaction.atomic
def change_password(*, user: User, old: str, new: str, actor: Member, at: datetime) -> int:
    """Change one's own password (修改口令); other sessions and all tokens end. Returns how many tokens."""
    if not user.has_usable_password():
        raise Refused("password_absent", "您还没有本机口令：请系统管理员发激活链接", field="old")
    if not user.check_password(old):
        raise Refused("password_wrong", "现在的口令不对", field="old")
    problems = password_problems(new, user)
    if old == new:
        problems.append(Problem("password_same", "新口令和现在的一样", "new"))
    if problems:
        raise Refused.because([replace(problem, field="new") for problem in problems])
    user.set_password(new)
    user.save(update_fields=["password"])
    # As it is now, not as it was when the request began: somebody may have changed it meanwhile.
    own = Member.objects.select_for_update(of=("self",)).get(pk=actor.pk)
    record(Act("organisations.change_password", actor, at), entity_id=actor.entity_id, subject=own)
    return revoke_tokens(user=user, actor=actor, at=at)

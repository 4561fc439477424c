"""What people put on their own list, or on that of a colleague (待办事项)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from guiju.customers.models import Customer
from guiju.customers.services.customers import locked_customer
from guiju.database.models import new_id
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Problem, Refused
from guiju.notifications.registry import NoticeKind, register_notice
from guiju.notifications.services import NewNotice, post_notice
from guiju.organisations.models import Member
from guiju.organisations.permissions import sight_of
from guiju.privacy.services.freezing import refuse_frozen
from guiju.sales.models import Todo
from guiju.sales.records import TODO
from guiju.sales.services.details import LONGEST_TEXT, one_line, problems_of_day, problems_of_text

MOST_OPEN = 500

GIVEN = register_notice(
    NoticeKind(
        "sales.todo_given",
        "交办的待办事项",
        "{who}交给您一件待办",
        "{who}交给您一件待办，{due}。内容在“我的今天”里。",
        {"who": "王小明", "due": "没有写日期"},
        button="我的今天",
    )
)
"""It says who and when, not what: what is to be done may be about somebody."""


@dataclass(frozen=True)
class TodoDetails:
    """Something to be done, as it was typed."""

    title: str
    due_on: date | None = None
    due_time: time | None = None


@transaction.atomic
def add_todo(
    *,
    title: str,
    actor: Member,
    at: datetime,
    due_on: date | None = None,
    due_time: time | None = None,
    customer_id: UUID | None = None,
    to: Member | None = None,
) -> Todo:
    """Put something on one's own list, or on a colleague's (登记待办事项), about a customer that one sees or about none.

    A colleague is one of the same company who sees the customer; they are told.
    """
    customer = locked_customer(customer_id, actor, "customer.read", at) if customer_id else None
    if customer is not None:
        if customer.entity_id != actor.entity_id:
            raise Missing("customer_missing", "没有这位客户，或您的角色不能办理")
        refuse_frozen(customer.subject, TODO)
    holder = to or actor
    details = TodoDetails(one_line(title), due_on, due_time)
    problems = [*_problems(details, at), *_problems_of_holder(holder, actor, customer, at)]
    if problems:
        raise Refused.because(problems)
    if Todo.objects.filter(member=holder, done_at=None, removed_at=None).count() >= MOST_OPEN:
        whose = "" if holder.pk == actor.pk else f"{holder.user.name}"
        raise Refused("todos_many", f"{whose}已经有{MOST_OPEN}件没有办：先办完几件")
    todo = Todo(
        id=new_id(),
        entity_id=actor.entity_id,
        member=holder,
        customer=customer,
        given_by=actor if holder.pk != actor.pk else None,
        made_at=at,
        **vars(details),
    )
    todo.save(force_insert=True)
    act = Act("sales.add_todo", actor, at)
    record(act, entity_id=todo.entity_id, subject=todo)
    if todo.given_by is not None:
        _tell(todo, act)
    return todo


@transaction.atomic
def change_todo(*, todo_id: UUID, details: TodoDetails, actor: Member, at: datetime) -> Todo:
    """Say it otherwise, or for another day (修改待办事项): for who has it and who gave it."""
    todo = _locked(todo_id, actor)
    details = TodoDetails(one_line(details.title), details.due_on, details.due_time)
    if problems := _problems(details, at):
        raise Refused.because(problems)
    if details == TodoDetails(todo.title, todo.due_on, todo.due_time):
        raise Refused("nothing_changed", "没有改动")
    todo.title, todo.due_on, todo.due_time = details.title, details.due_on, details.due_time
    todo.save(update_fields=["title", "due_on", "due_time"])
    record(Act("sales.change_todo", actor, at), entity_id=todo.entity_id, subject=todo)
    return todo


@transaction.atomic
def remove_todo(*, todo_id: UUID, actor: Member, at: datetime) -> Todo:
    """Take something off a list that needn't be done (删去待办事项); its history stays in the log."""
    todo = _locked(todo_id, actor)
    todo.removed_at = at
    todo.save(update_fields=["removed_at"])
    record(Act("sales.remove_todo", actor, at), entity_id=todo.entity_id, subject=todo)
    return todo


@transaction.atomic
def finish_todo(*, todo_id: UUID, actor: Member, at: datetime) -> Todo:
    """Tick something off one's own list (办完待办事项)."""
    todo = _locked(todo_id, actor)
    if todo.member_id != actor.pk:
        raise Refused("not_own_todo", "这件待办在同事那里：由他办完，或由您删去")
    todo.done_at = at
    todo.save(update_fields=["done_at"])
    record(Act("sales.finish_todo", actor, at), entity_id=todo.entity_id, subject=todo)
    return todo


def _locked(todo_id: UUID, actor: Member) -> Todo:
    """Something open that one has, or gave to somebody."""
    mine = Todo.objects.filter(Q(member=actor) | Q(given_by=actor), pk=todo_id, done_at=None, removed_at=None)
    todo = mine.select_for_update(of=("self",)).select_related("customer__subject").first()
    if todo is None:
        raise Missing("todo_missing", "没有这件待办，或者已经办完")
    if todo.customer is not None:
        refuse_frozen(todo.customer.subject, TODO)
    return todo


def _problems(details: TodoDetails, at: datetime) -> list[Problem]:
    problems = [] if details.title else [Problem("title_empty", "请写下要办的事", "title")]
    problems += problems_of_text(details.title, "要办的事", "title", LONGEST_TEXT)
    problems += problems_of_day(details.due_on, "日期", "due_on", at)
    if details.due_time is not None and details.due_on is None:
        problems.append(Problem("time_without_day", "写了几点，请也写日期", "due_on"))
    return problems


def _problems_of_holder(holder: Member, actor: Member, customer: Customer | None, at: datetime) -> list[Problem]:
    """Why something may not be given to somebody."""
    if holder.pk == actor.pk:
        return []
    if holder.entity_id != actor.entity_id or holder.left_at:
        return [Problem("holder_company", "待办只能交给同一家公司的在职成员", "to")]
    if customer is None:
        return []
    sight = sight_of(holder, "customer.read", on=day_of(at))
    if sight.reach is None or not sight.of(Customer.objects.filter(pk=customer.pk), owner="owner").exists():
        return [Problem("holder_blind", f"{holder.user.name}看不到这位客户：先把客户分配给他，或不写客户", "to")]
    return []


def _tell(todo: Todo, act: Act) -> None:
    assert todo.given_by is not None
    due = f"{todo.due_on:%Y-%m-%d}" if todo.due_on else "没有写日期"
    if todo.due_on and todo.due_time:
        due += f" {todo.due_time:%H:%M}"
    said = {"who": todo.given_by.user.name, "due": due}
    key = f"sales.todo_given:{todo.pk}"
    wanted = NewNotice(GIVEN.code, todo.entity_id, key, said, member=todo.member, url=reverse("today"))
    post_notice(wanted, act)

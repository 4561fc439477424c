"""What people put on their own list (待办事项)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from guiju.customers.services.customers import locked_customer
from guiju.database.models import new_id
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Missing, Problem, Refused
from guiju.organisations.models import Member
from guiju.privacy.services.freezing import refuse_frozen
from guiju.sales.models import Todo
from guiju.sales.services.details import LONGEST_TEXT, one_line, problems_of_day, problems_of_text

MOST_OPEN = 500


@transaction.atomic
def add_todo(
    *, title: str, actor: Member, at: datetime, due_on: date | None = None, customer_id: UUID | None = None
) -> Todo:
    """Put something on one's own list (登记待办事项), about a customer that one sees or about none."""
    customer = locked_customer(customer_id, actor, "customer.read", at) if customer_id else None
    if customer is not None:
        if customer.entity_id != actor.entity_id:
            raise Missing("customer_missing", "没有这位客户，或您的角色不能办理")
        refuse_frozen(customer.subject)
    title = one_line(title)
    problems = [] if title else [Problem("title_empty", "请写下要办的事", "title")]
    problems += problems_of_text(title, "要办的事", "title", LONGEST_TEXT)
    problems += problems_of_day(due_on, "日期", "due_on", at)
    if problems:
        raise Refused.because(problems)
    if Todo.objects.filter(member=actor, done_at=None).count() >= MOST_OPEN:
        raise Refused("todos_many", f"已经有{MOST_OPEN}件没有办：先办完几件")
    todo = Todo(
        id=new_id(), entity_id=actor.entity_id, member=actor, customer=customer, title=title, due_on=due_on, made_at=at
    )
    todo.save(force_insert=True)
    record(Act("sales.add_todo", actor, at), entity_id=todo.entity_id, subject=todo)
    return todo


@transaction.atomic
def finish_todo(*, todo_id: UUID, actor: Member, at: datetime) -> Todo:
    """Tick something off one's own list (办完待办事项)."""
    todo = Todo.objects.select_for_update(of=("self",)).filter(pk=todo_id, member=actor, done_at=None).first()
    if todo is None:
        raise Missing("todo_missing", "没有这件待办，或者已经办完")
    todo.done_at = at
    todo.save(update_fields=["done_at"])
    record(Act("sales.finish_todo", actor, at), entity_id=todo.entity_id, subject=todo)
    return todo

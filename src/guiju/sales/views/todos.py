"""Pages of what is on somebody's list: put there, given to a colleague, changed, done."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.kernel.errors import GuijuError
from guiju.organisations.forms import show_problems
from guiju.organisations.selectors.people import colleagues_of
from guiju.organisations.signin import MemberRequest, member_required
from guiju.sales.forms.today import AddTodoForm, TodoForm
from guiju.sales.selectors import today as selectors
from guiju.sales.services import todos
from guiju.sales.services.todos import TodoDetails
from guiju.sales.views.opportunities import asked_customer
from guiju.web.answers import tell
from guiju.web.forms import FormPage
from guiju.web.paging import page_of


@member_required
def add_todo(request: MemberRequest) -> HttpResponse:
    """登记待办事项"""
    member = request.member
    form = AddTodoForm(request.POST or None, colleagues=colleagues_of(member).exclude(pk=member.pk))
    known = asked_customer(request)
    back = reverse("customer_detail", args=[known.pk]) if known else reverse("today")
    if request.method == "POST" and form.is_valid():
        about = known.pk if known else None
        try:
            made = todos.add_todo(actor=member, at=timezone.now(), customer_id=about, **form.cleaned_data)
        except GuijuError as error:
            show_problems(form, error)
        else:
            where = f"已交给{made.member.user.name}，会通知他" if made.given_by_id else "已记下，在“我的今天”里"
            messages.success(request, where)
            return redirect(back)
    return FormPage("记一件待办", "记下", back, known.shown_name if known else "我的今天").answer(request, form)


@member_required
def change_todo(request: MemberRequest, todo_id: UUID) -> HttpResponse:
    """修改待办事项"""
    member = request.member
    found = selectors.todo_of(member, todo_id)
    [line] = selectors.lines_of_todos([found], member, on=timezone.localdate())
    initial = {"title": line.title, "due_on": found.due_on, "due_time": found.due_time}
    form = TodoForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        # A title that came back as it was shown stays as it is, with what wasn't shown.
        title = found.title if said["title"] == line.title else said["title"]
        details = TodoDetails(title, said["due_on"], said["due_time"])
        try:
            todos.change_todo(todo_id=found.pk, details=details, actor=member, at=timezone.now())
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, "已修改")
            return redirect("today")
    return FormPage("修改待办", "保存", reverse("today"), "我的今天").answer(request, form)


@member_required
@require_POST
def remove_todo(request: MemberRequest, todo_id: UUID) -> HttpResponse:
    """删去待办事项"""

    def remove() -> str:
        todos.remove_todo(todo_id=todo_id, actor=request.member, at=timezone.now())
        return "已删去"

    tell(request, remove)
    return redirect("today")


@member_required
@require_POST
def finish_todo(request: MemberRequest, todo_id: UUID) -> HttpResponse:

    def finish() -> str:
        todos.finish_todo(todo_id=todo_id, actor=request.member, at=timezone.now())
        return "已办完"

    tell(request, finish)
    return redirect("today")


@member_required
@require_GET
def todos_done(request: MemberRequest) -> HttpResponse:
    """办完的"""
    member = request.member
    page = page_of(request, selectors.todos_done(member))
    lines = selectors.lines_of_todos(page.object_list, member, on=timezone.localdate())
    return render(request, "sales/todos_done.html", {"page": page, "lines": lines})

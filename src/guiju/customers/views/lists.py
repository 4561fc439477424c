"""Lists are kept under a name, and taken away again."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from guiju.customers.forms.lists import SaveListForm
from guiju.customers.registry import LISTS
from guiju.customers.selectors.lists import CUSTOMERS
from guiju.customers.services import lists as services
from guiju.customers.views.customers import columns_asked
from guiju.kernel.errors import GuijuError
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import reach_of, refusal_of
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.answers import tell
from guiju.web.forms import FormPage


@member_required
def save_list(request: MemberRequest, kind: str = CUSTOMERS) -> HttpResponse:
    """保存筛选"""
    listing = LISTS[kind]
    if reach_of(request.member, listing.right) is None:
        raise refusal_of(listing.right)
    query = {key: request.GET.get(key, "") for key in request.GET if listing.keeps(key)}
    if "columns" in query:
        query["columns"] = ",".join(columns_asked(request))
    form = SaveListForm(request.POST or None)
    address = f"{reverse(listing.page)}?{request.GET.urlencode()}"
    if request.method == "POST" and form.is_valid():
        try:
            made = services.save_list(
                name=form.cleaned_data["name"],
                query=query,
                is_shared=form.cleaned_data["is_shared"],
                kind=kind,
                actor=request.member,
                at=timezone.now(),
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, f"已保存“{made.name}”，在{listing.label}列表上方")
            return redirect(address)
    shown = "筛选、排序和列" if listing.keeps("columns") else "筛选和排序"
    intro = f"保存现在的{shown}。查找框里的姓名和号码、是哪一位客户不保存。"
    return FormPage("保存筛选", "保存", address, listing.label, intro).answer(request, form)


@member_required
@require_POST
def remove_list(request: MemberRequest, list_id: UUID) -> HttpResponse:
    """删去筛选"""
    pages = []

    def remove() -> str:
        made = services.remove_list(list_id=list_id, actor=request.member, at=timezone.now())
        pages.append(LISTS[made.kind].page)
        return f"已删去“{made.name}”"

    tell(request, remove)
    return redirect(pages[0] if pages else LISTS[CUSTOMERS].page)

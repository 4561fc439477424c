"""Lists of customers are kept under a name, and taken away again."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from guiju.customers.forms.lists import SaveListForm
from guiju.customers.selectors.lists import KEPT, values_asked
from guiju.customers.services import lists as services
from guiju.customers.views.customers import columns_asked
from guiju.kernel.errors import GuijuError
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import reach_of, refusal_of
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.answers import tell
from guiju.web.forms import FormPage


@member_required
def save_list(request: MemberRequest) -> HttpResponse:
    """保存筛选"""
    if reach_of(request.member, "customer.read") is None:
        raise refusal_of("customer.read")
    query = {key: request.GET.get(key, "") for key in (*KEPT, *values_asked(request.GET))}
    query["columns"] = ",".join(columns_asked(request))
    form = SaveListForm(request.POST or None)
    address = f"{reverse('customer_list')}?{request.GET.urlencode()}"
    if request.method == "POST" and form.is_valid():
        try:
            made = services.save_list(
                name=form.cleaned_data["name"],
                query=query,
                is_shared=form.cleaned_data["is_shared"],
                actor=request.member,
                at=timezone.now(),
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, f"已保存“{made.name}”，在客户列表上方")
            return redirect(address)
    intro = "保存现在的筛选、排序和列。查找框里的姓名和号码不保存。"
    return FormPage("保存筛选", "保存", address, "客户", intro).answer(request, form)


@member_required
@require_POST
def remove_list(request: MemberRequest, list_id: UUID) -> HttpResponse:
    """删去筛选"""

    def remove() -> str:
        made = services.remove_list(list_id=list_id, actor=request.member, at=timezone.now())
        return f"已删去“{made.name}”"

    tell(request, remove)
    return redirect("customer_list")

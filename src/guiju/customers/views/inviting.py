"""Asking a guardian before a child is registered: the link that staff make, and the page that it opens."""

from __future__ import annotations

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from guiju.customers.forms.invitations import InvitationForm, InviteForm
from guiju.customers.selectors.invitations import invitation_behind, invitations_of
from guiju.customers.services import inviting
from guiju.customers.views.public import member_at
from guiju.database.scope import scope
from guiju.kernel.errors import GuijuError
from guiju.organisations.forms import show_problems
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows, require
from guiju.organisations.signin import MemberRequest, member_required
from guiju.privacy.selectors.catalogue import fields_of
from guiju.privacy.selectors.notices import notice_in_force, told_by
from guiju.privacy.services.asking import company_of, linked


@member_required
def invite_guardian(request: MemberRequest) -> HttpResponse:
    """登记前征求同意"""
    member, now = request.member, timezone.now()
    for right in inviting.RIGHTS:
        require(member, right, on=member.entity_id)
    notice = notice_in_force(member.entity_id)
    form = InviteForm(request.POST or None)
    form.offer(fields_of(member.entity_id, inviting.RECORD), told_by(notice))
    if request.method == "POST" and form.is_valid():
        try:
            made = inviting.invite_guardian(codes=form.codes, actor=member, at=now)
        except GuijuError as error:
            show_problems(form, error)
        else:
            address = inviting.address_of(made.secret)
            picture = segno.make(address, error="m").svg_data_uri(scale=5, border=2)
            context = {"address": address, "picture": picture, "made": made.invitation}
            return render(request, "customers/invitation_link.html", context)
    context = {"form": form, "notice": notice, "lines": invitations_of(member, at=now)}
    return render(request, "customers/invite_guardian.html", context, status=422 if form.errors else 200)


def may_invite(member: Member) -> bool:
    """Whether a member may ask guardians before a child is registered, for a link."""
    return all(allows(member, right, on=member.entity_id) for right in inviting.RIGHTS)


def join_page(request: HttpRequest, secret: str) -> HttpResponse:
    """What a guardian reads and answers before anything of the child is stored. No account, no script."""
    now = timezone.now()
    entity_id = company_of(secret, at=now)
    with scope(entities={entity_id}):
        invitation = invitation_behind(linked(secret, at=now).request_id)
        if invitation is None or invitation.customer_id is not None:
            # What was agreed to is withdrawn where the link leads now.
            return redirect("consent_page", secret)
        if (member := member_at(request, entity_id)) is not None:
            inviting.note_staff(secret=secret, member=member, at=now)
        fields = fields_of(entity_id, inviting.RECORD)
        form = InvitationForm(request.POST or None, items=invitation.items, fields=fields)
        context = {"form": form, "asked": invitation, "company": invitation.entity}
        if request.method == "POST" and form.is_valid():
            try:
                made = inviting.answer_invitation(secret=secret, given=form.answer(member), at=now)
            except GuijuError as error:
                show_problems(form, error)
            else:
                return render(
                    request,
                    "customers/join_done.html",
                    {**context, "is_registered": made is not None, "secret": secret},
                )
        context["is_open"] = inviting.is_open(invitation, now)
        return render(request, "customers/join_page.html", context, status=422 if form.errors else 200)

"""Every request is made as one member, in one transaction with that member's scope."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from guiju.kernel.errors import NotAllowed
from guiju.organisations import selectors
from guiju.organisations.models import Member
from guiju.organisations.services.tokens import member_of_token, token_in_address
from guiju.web.answers import answer

_BEARER = "Bearer "


class ActingMember:
    """Sets `request.member` (None for strangers) and runs the view in the member's scope.

    A token in the header counts for the API only, a session for pages only: no page can be
    driven by a token, and no API call by a cookie.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.member = None  # type: ignore[attr-defined]
        request.memberships = []  # type: ignore[attr-defined]
        if "gj_" in request.META.get("QUERY_STRING", "") and self._leaks(request):
            sentence = "访问令牌不能写在地址里：地址会留在日志和历史记录中。这个令牌已经吊销，请重新生成，放在 Authorization 头里"
            return answer(request, status=400, code="token_in_address", heading="令牌已吊销", sentence=sentence)
        if request.path.startswith("/api/"):
            header = request.headers.get("Authorization", "")
            if not header.startswith(_BEARER):
                return self.get_response(request)
            try:
                member = member_of_token(header.removeprefix(_BEARER).strip(), at=timezone.now())
            except NotAllowed as refusal:
                return answer(request, status=401, code=refusal.code, heading="", sentence=refusal.sentence)
            return self._as(member, request)
        if not request.user.is_authenticated:
            return self.get_response(request)
        self._stay_signed_in(request)
        memberships = selectors.memberships_of(request.user)
        request.memberships = memberships  # type: ignore[attr-defined]
        chosen = request.session.get("member")
        mine = next((one for one in memberships if str(one.pk) == chosen), memberships[0] if memberships else None)
        return self._as(mine, request) if mine else self.get_response(request)

    def _as(self, member: Member, request: HttpRequest) -> HttpResponse:
        request.member = member  # type: ignore[attr-defined]
        with selectors.acting(member):
            return self.get_response(request)

    def _leaks(self, request: HttpRequest) -> bool:
        values = (value for name in request.GET for value in request.GET.getlist(name))
        return token_in_address(values, at=timezone.now())

    def _stay_signed_in(self, request: HttpRequest) -> None:
        """A session ends so long after the last use, not after the first; written once an hour."""
        hour = int(timezone.now().timestamp()) // 3600
        if request.session.get("hour") != hour:
            request.session["hour"] = hour

    def process_exception(self, request: HttpRequest, error: Exception) -> None:
        """What a view began and did not finish is taken back, whatever page tells of it."""
        if transaction.get_connection().in_atomic_block:
            transaction.set_rollback(True)

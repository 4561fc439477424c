"""Sessions that know whose they are and from where, so that they can be listed and ended (会话)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore as Stored
from django.http import HttpRequest
from django.utils import timezone

from guiju.accounts.models import Session
from guiju.organisations.models import User


class SessionStore(Stored):
    """Django's own store in the database, with columns beside the sealed contents."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session: Session = super().create_model_instance(data)  # type: ignore[assignment]
        session.user_id = data.get("_auth_user_id")
        session.address = data.get("address") or None
        session.agent = data.get("agent", "")[:200]
        session.made_at = data.get("made_at")
        session.seen_at = timezone.now()
        return session


def user_of_cookie(request: HttpRequest) -> User | None:
    """Who is signed in in the browser of a request to the public pages, which have no sessions of their own."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    if not key.isalnum():
        return None
    request.session = SessionStore(key)
    found = get_user(request)
    return found if isinstance(found, User) else None

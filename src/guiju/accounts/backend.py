"""Who a session belongs to; signing in itself is a service (`services.signing_in`)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend

from guiju.organisations.models import User


class KnownUsers(BaseBackend):
    def get_user(self, user_id: Any) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()

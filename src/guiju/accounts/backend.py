"""Who a session belongs to, and how passwords are kept; signing in itself is a service (`services.signing_in`)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import Argon2PasswordHasher

from guiju.organisations.models import User


class KnownUsers(BaseBackend):
    def get_user(self, user_id: Any) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()


class Argon2(Argon2PasswordHasher):
    """Argon2id with 46 MiB, one pass, one lane (OWASP Password Storage Cheat Sheet).

    Django's own 100 MiB and eight lanes take half a second of two cores for each try, which is a
    present to whoever floods the sign-in page.
    """

    time_cost = 1
    memory_cost = 47104
    parallelism = 1

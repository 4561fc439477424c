"""A column whose bytes lie sealed under a key of the company (加密列)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models


class SealedField(models.BinaryField):  # type: ignore[type-arg]  # which takes none when it runs
    """Ciphertext of the keyring for the place table.column/record; empty where there is nothing.

    What is declared so is sealed anew when a company's key changes. `through` names the function of the
    database that writes it, (uuid[], bytea[], bytea[]): records, what lay there, what shall; for a table
    that the program may not change.
    """

    def __init__(self, *args: Any, through: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        self.through = through

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        # To the database it is bytes like others: declaring a column as sealed needs no migration.
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.BinaryField", args, options

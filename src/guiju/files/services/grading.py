"""How sensitive a file is, by what was found in its name and its text (附件分类)."""

from __future__ import annotations

from collections.abc import Collection

from guiju.files.models import Attachment

SENSITIVE = frozenset({"id_card", "bank_card", "face_or_biometric", "health", "location", "religion", "minor"})
"""Categories of 个人信息保护法 第二十八条, and the numbers that are treated like them."""


def graded(attachment: Attachment, categories: Collection[str]) -> None:
    """Put what was found into the row; what is sensitive makes it so, whoever said before that it isn't."""
    attachment.found = sorted({*attachment.found, *categories})
    if SENSITIVE.intersection(categories):
        attachment.grade, attachment.graded_by = Attachment.Grade.SENSITIVE, None

"""The few ways in which guiju says no; web, API and command line each render them once."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Citation:
    """An article of law with its words (法条引用).

    `law` is the name of the stored statute, `article` its number as printed (第九条),
    `quote` words that stand there verbatim. `is_verified` is false for a text that is not known
    to be the one in force (文本待核).
    """

    law: str
    article: str
    quote: str
    is_verified: bool = True

    def __str__(self) -> str:
        return f"《{self.law}》{self.article}「{self.quote}」" + ("" if self.is_verified else "（文本待核）")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with one field (`field` is None for the whole)."""

    code: str
    sentence: str
    field: str | None = None
    citation: Citation | None = None


class GuijuError(Exception):
    """An answer that a person can act on: a stable code and one sentence in their language."""

    http_status: ClassVar[int]
    """The HTTP status that says the same."""

    def __init__(
        self,
        code: str,
        sentence: str,
        *,
        field: str | None = None,
        citation: Citation | None = None,
    ) -> None:
        super().__init__(sentence)
        self.problems: tuple[Problem, ...] = (Problem(code, sentence, field, citation),)

    @property
    def code(self) -> str:
        return self.problems[0].code

    @property
    def sentence(self) -> str:
        return "；".join(problem.sentence for problem in self.problems)


class Refused(GuijuError):
    """The law, the state of the record or the input forbids it; nothing was changed."""

    http_status = 422

    @classmethod
    def because(cls, problems: Sequence[Problem]) -> Refused:
        """One refusal that names everything that is wrong, so that nobody mends field by field."""
        first = problems[0]
        refusal = cls(first.code, first.sentence)
        refusal.problems = tuple(problems)
        return refusal


class NotAllowed(GuijuError):
    """The member's roles do not cover it (权限不足)."""

    http_status = 403


class Missing(GuijuError):
    """It does not exist, or not for this member: the two look the same from outside."""

    http_status = 404


_REASONS = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已满",
    errno.EROFS: "文件系统是只读的",
    errno.EISDIR: "这是文件夹",
    errno.ENOTDIR: "路径里有一段不是文件夹",
    errno.ENAMETOOLONG: "名字太长",
}


def reason_of(failure: OSError) -> str:
    """Why the operating system said no, in the user's language."""
    return _REASONS.get(failure.errno or 0, failure.strerror or type(failure).__name__)

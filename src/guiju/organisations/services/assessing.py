"""What an impact assessment has to answer (个人信息保护影响评估, 个人信息保护法 第五十六条)."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from guiju.kernel.errors import Problem

SHORTEST_ANSWER, LONGEST_ANSWER = 10, 2000


@dataclass(frozen=True)
class Answers:
    """Whether purpose and way are lawful and needed, what it may do to people, whether the measures are fit."""

    necessity: str = ""
    impact: str = ""
    measures: str = ""

    @property
    def is_empty(self) -> bool:
        return not any(asdict(self).values())

    def problems(self) -> list[Problem]:
        """Which of the three is too short or too long."""
        why = f"至少写{SHORTEST_ANSWER}个字，最多{LONGEST_ANSWER}个（个人信息保护法第五十六条）"
        return [
            Problem("answer_short", why, name)
            for name, text in asdict(self).items()
            if not SHORTEST_ANSWER <= len(text) <= LONGEST_ANSWER
        ]


def answers_of(*, necessity: str, impact: str, measures: str) -> Answers:
    """The three texts as they were typed, in standard spelling."""
    return Answers(*(text.replace("\x00", "").strip() for text in (necessity, impact, measures)))

"""Who answers for a minor (监护人, 个人信息保护法 第三十一条), by their own word or as staff wrote it down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from guiju.kernel.errors import Refused

RELATIONS = ("父亲", "母亲", "其他监护人")
LONGEST_NAME = 30


@dataclass(frozen=True)
class Guardian:
    """A guardian's name, and what they are to the child; raises `Refused` for what is neither."""

    name: str
    relation: str

    def __post_init__(self) -> None:
        name = " ".join(self.name.replace("\x00", "").split())
        if not 2 <= len(name) <= LONGEST_NAME or not name.isprintable():
            raise Refused("guardian_name", f"请写明监护人的姓名，2至{LONGEST_NAME}个字", field="guardian_name")
        if self.relation not in RELATIONS:
            sentence = f"请选择监护人是孩子的谁：{'、'.join(RELATIONS)}"
            raise Refused("guardian_relation", sentence, field="guardian_relation")
        object.__setattr__(self, "name", name)

    @property
    def kept(self) -> dict[str, str]:
        """What lies sealed in a consent."""
        return {"name": self.name, "relation": self.relation}

    @property
    def words(self) -> str:
        return f"{self.name}（{self.relation}）"


def guardian_of(kept: Mapping[str, Any]) -> Guardian | None:
    """The guardian that lies in a consent, if it was given by one of whom the name is known."""
    return Guardian(kept["name"], kept["relation"]) if kept else None

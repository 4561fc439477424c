"""Taking turns: what is compared runs alternately in one process, and the medians are told."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Pace:
    """One contestant: `run` does `count` things."""

    label: str
    run: Callable[[], object]
    count: int
    seconds: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return self.count / statistics.median(self.seconds)

    def __str__(self) -> str:
        low, high = self.count / max(self.seconds), self.count / min(self.seconds)
        return f"{self.label}：{self.per_second:,.0f} 次/秒（{low:,.0f}—{high:,.0f}，{len(self.seconds)} 轮）"


def paces(*contestants: Pace, rounds: int = 5) -> tuple[Pace, ...]:
    """Run each once to warm up, then all in turn, `rounds` times."""
    for one in contestants:
        one.run()
    for _ in range(rounds):
        for one in contestants:
            began = time.perf_counter()
            one.run()
            one.seconds.append(time.perf_counter() - began)
    return contestants

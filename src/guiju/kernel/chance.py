"""Whether a count is more than chance (是否超出偶然): exact tests of counts, without tables and without libraries.

A rate that rose, and one that fell below a target, are told from luck by two classical tests: two Poisson rates are
compared by the binomial distribution that one count has given their sum (Przyborowski and Wilenski, 1940), and one
rate with a target by its own Poisson distribution. Both are exact, so that they hold for five cases as for fifty
thousand. Probabilities are summed term by term from the largest on, which loses no small ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, inf, isfinite, lgamma, log, log1p

COMPARISON = "两个发生率的精确条件检验（Przyborowski–Wilenski）"
"""The test behind `rise_of`, as reports name it."""

BELOW_TARGET = "泊松分布的精确检验"
"""The test behind `chance_of_so_few`, as reports name it."""

MANY_AT_ONCE = "按同时看的个数校正（Holm）"
"""What `corrected` does, as reports name it."""

_NEGLIGIBLE = 1e-17


@dataclass(frozen=True)
class Rise:
    """How a count compares with an earlier one: how many times as often, and how likely that is by luck alone."""

    times: float
    chance: float


def rise_of(now: int, exposure_now: float, before: int, exposure_before: float) -> Rise:
    """Whether something happens more often than before; exposures are days, orders, whatever both are counted against.

    `chance` is the probability of at least so many now if nothing had changed. Raises `ValueError` for counts below
    zero, and for an exposure that isn't above it.
    """
    _require(now, before, exposures=(exposure_now, exposure_before))
    share = exposure_now / (exposure_now + exposure_before)
    times = (now / exposure_now) / (before / exposure_before) if before else (inf if now else 1.0)
    return Rise(times, binomial_at_least(now, now + before, share))


def chance_of_so_few(count: int, expected: float) -> float:
    """The probability of at most `count` where `expected` are to be expected: small, it is below the target for good."""
    _require(count, exposures=(expected,))
    if count >= expected:
        return 1.0 - poisson_at_least(count + 1, expected)
    return _summed(
        -expected + count * log(expected) - lgamma(count + 1), lambda place: (count - place) / expected, count
    )


def corrected(chances: Sequence[float]) -> list[float]:
    """The same probabilities for whoever looks at all of them at once (Holm, 1979), each in its place.

    Of twenty that are looked at, one is below 0.05 by luck; of what this gives, hardly ever any.
    """
    order = sorted(range(len(chances)), key=lambda one: chances[one])
    found, least = [0.0] * len(chances), 0.0
    for place, one in enumerate(order):
        least = max(least, min(1.0, chances[one] * (len(chances) - place)))
        found[one] = least
    return found


def poisson_at_least(count: int, expected: float) -> float:
    """The probability of `count` or more where `expected` are to be expected."""
    _require(count, exposures=(expected,))
    if count <= expected:
        return 1.0 - (chance_of_so_few(count - 1, expected) if count else 0.0)
    first = -expected + count * log(expected) - lgamma(count + 1)
    return _summed(first, lambda place: expected / (count + place + 1), None)


def binomial_at_least(count: int, total: int, share: float) -> float:
    """The probability of `count` or more out of `total`, each with the probability `share`."""
    if not 0 <= count <= total or not 0 < share < 1:
        raise ValueError("count, total, share")
    if count <= total * share:
        below = binomial_at_least(total - count + 1, total, 1 - share) if count else 0.0
        return max(0.0, 1.0 - below)
    first = (
        lgamma(total + 1)
        - lgamma(count + 1)
        - lgamma(total - count + 1)
        + count * log(share)
        + (total - count) * log1p(-share)
    )
    odds = share / (1 - share)
    return _summed(first, lambda place: (total - count - place) / (count + place + 1) * odds, total - count)


def _summed(first: float, ratio: Callable[[int], float], most: int | None) -> float:
    """A sum of terms that fall: its first as a logarithm, and of each the ratio of the next to it."""
    term = total = 1.0
    place = 0
    while (most is None or place < most) and term > _NEGLIGIBLE * total:
        term *= ratio(place)
        total += term
        place += 1
    return min(1.0, exp(first + log(total)))


def _require(*counts: int, exposures: tuple[float, ...]) -> None:
    if any(one < 0 for one in counts) or any(not isfinite(one) or one <= 0 for one in exposures):
        raise ValueError("counts are not below zero, exposures above it")

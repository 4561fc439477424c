"""Luck is told from change exactly, for few cases and for many."""

from __future__ import annotations

from fractions import Fraction
from math import comb, exp, factorial, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.chance import binomial_at_least, chance_of_so_few, corrected, poisson_at_least, rise_of


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 19))
def test_binomial_is_the_sum_of_its_terms(count: int, more: int, twentieths: int) -> None:
    total, share = count + more, Fraction(twentieths, 20)
    exact = sum(comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(count, total + 1))

    assert isclose(binomial_at_least(count, total, float(share)), exact, rel_tol=1e-9, abs_tol=1e-14)


@given(st.integers(0, 40), st.floats(0.01, 40))
def test_poisson_is_the_sum_of_its_terms(count: int, expected: float) -> None:
    few = sum(exp(-expected) * expected**k / factorial(k) for k in range(count + 1))

    assert isclose(chance_of_so_few(count, expected), few, rel_tol=1e-8, abs_tol=1e-13)
    assert isclose(poisson_at_least(count + 1, expected), max(0.0, 1 - few), rel_tol=1e-6, abs_tol=1e-12)


@given(st.integers(0, 500), st.integers(0, 500), st.floats(0.5, 2000), st.floats(0.5, 2000))
def test_a_chance_is_a_probability_and_more_cases_are_never_likelier(now, before, here, there) -> None:
    one, more = rise_of(now, here, before, there).chance, rise_of(now + 1, here, before, there).chance

    assert 0 <= one <= 1
    assert more <= one + 1e-9


def test_ten_after_two_is_a_rise_and_three_after_two_is_luck() -> None:
    # Of 12 with even odds, 10 or more: (66 + 12 + 1) / 4096.
    assert isclose(rise_of(10, 30, 2, 30).chance, 79 / 4096)
    assert rise_of(10, 30, 2, 30).times == 5
    assert isclose(rise_of(3, 30, 2, 30).chance, 0.5)


def test_it_counts_against_what_was_sold() -> None:
    twice_sold, as_before = rise_of(20, 2000, 10, 1000), rise_of(20, 1000, 10, 1000)

    assert twice_sold.times == 1 and twice_sold.chance > 0.5
    assert as_before.chance < 0.05


def test_very_large_counts_are_no_trouble() -> None:
    assert isclose(binomial_at_least(500_000, 1_000_000, 0.5), 0.5, abs_tol=0.001)
    assert rise_of(51_000, 1, 50_000, 1).chance < 0.001
    assert poisson_at_least(100_000, 90_000) < 1e-200


@pytest.mark.parametrize("wrong", [(-1, 1, 0, 1), (1, 0, 1, 1), (1, 1, 1, float("nan"))])
def test_what_cannot_be_counted_is_refused(wrong) -> None:
    with pytest.raises(ValueError, match="exposures"):
        rise_of(*wrong)


def test_of_many_looked_at_each_has_to_be_the_rarer() -> None:
    assert corrected([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert corrected([]) == [] and corrected([0.9, 0.9]) == [1.0, 1.0]

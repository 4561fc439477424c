"""One-time codes by time (RFC 6238), their replay, clocks that are off, recovery codes (第二因子)."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from guiju.accounts.models import Factor, SignIn
from guiju.accounts.origin import Origin
from guiju.accounts.services.factors import _step_of, use_code
from guiju.accounts.services.signing_in import check_code
from guiju.accounts.tests.factories import give_factor
from guiju.kernel.errors import Refused
from guiju.organisations.tests.factories import AT, Group

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The 20 bytes 12345678901234567890 of RFC 6238, appendix B, in base 32."""


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_the_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    """RFC 6238, appendix B, last six digits of the SHA-1 column."""
    from datetime import UTC, datetime

    at = datetime.fromtimestamp(seconds, UTC)
    assert _step_of(RFC_SECRET, code, at=at, after=0) == seconds // 30


def test_a_code_counts_once(group: Group) -> None:
    secret, _ = give_factor(group.compliance, at=AT)
    code = pyotp.TOTP(secret).at(AT)
    use_code(user=group.compliance.user, code=code, at=AT)
    with pytest.raises(Refused, match="已经用过"):
        use_code(user=group.compliance.user, code=code, at=AT + timedelta(seconds=20))


def test_after_a_code_no_earlier_one_counts(group: Group) -> None:
    secret, _ = give_factor(group.compliance, at=AT)
    otp = pyotp.TOTP(secret)
    use_code(user=group.compliance.user, code=otp.at(AT), at=AT)
    with pytest.raises(Refused, match="已经用过"):
        use_code(user=group.compliance.user, code=otp.at(AT - timedelta(seconds=30)), at=AT)


@pytest.mark.parametrize("off", [-30, 0, 30])
def test_a_phone_may_be_half_a_minute_off(group: Group, off: int) -> None:
    secret, _ = give_factor(group.compliance, at=AT)
    use_code(user=group.compliance.user, code=pyotp.TOTP(secret).at(AT + timedelta(seconds=off)), at=AT)


@pytest.mark.parametrize(("off", "words"), [(-300, "慢约5"), (600, "快约10"), (90, "快约1.5")])
def test_a_phone_whose_clock_is_wrong_is_told_by_how_much(group: Group, off: int, words: str) -> None:
    secret, _ = give_factor(group.compliance, at=AT)
    with pytest.raises(Refused, match=words):
        use_code(user=group.compliance.user, code=pyotp.TOTP(secret).at(AT + timedelta(seconds=off)), at=AT)


@given(code=st.text(max_size=12))
def test_anything_that_is_not_a_code_is_refused_in_words(code: str) -> None:
    assume(not code.strip().isascii() or len(code.strip()) != 6)
    with pytest.raises(Refused, match="验证码"):
        _step_of(RFC_SECRET, code, at=AT, after=0)


def test_full_width_digits_are_digits() -> None:
    code = pyotp.TOTP(RFC_SECRET).at(AT)
    assert _step_of(RFC_SECRET, code.translate({48 + n: 0xFF10 + n for n in range(10)}), at=AT, after=0)


def test_a_recovery_code_lets_in_once(group: Group) -> None:
    _, codes = give_factor(group.compliance, at=AT)
    user = group.compliance.user
    typed = codes[3].lower().replace("-", " ")
    assert check_code(user=user, code=typed, origin=Origin(), at=AT).outcome == SignIn.Outcome.RECOVERED
    assert check_code(user=user, code=typed, origin=Origin(), at=AT).outcome == SignIn.Outcome.WRONG_CODE


def test_the_secret_does_not_lie_in_the_database_in_the_clear(group: Group) -> None:
    secret, _ = give_factor(group.compliance, at=AT)
    assert secret.encode() not in bytes(Factor.objects.get().secret)


def test_with_another_key_the_page_says_what_to_do(group: Group, settings) -> None:
    secret, _ = give_factor(group.compliance, at=AT)
    settings.SECRET_KEY = "another"
    with pytest.raises(Refused, match="恢复码"):
        use_code(user=group.compliance.user, code=pyotp.TOTP(secret).at(AT), at=AT)

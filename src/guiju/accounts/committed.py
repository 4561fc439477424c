"""Which columns of this part the log commits to."""

from guiju.accounts.models import AccountLink, Factor, Recovery, RecoverySheet
from guiju.evidence.registry import Committed, commit, exclude

_WHY = "a secret's digest has no place in a log that outsiders read"

commit(
    Committed(
        AccountLink,
        subject_type="accounts.accountlink",
        version=1,
        fields=(
            "id",
            "user_id",
            "sort",
            "made_by_id",
            "made_in",
            "confirmed_by_id",
            "drops_factor",
            "made_at",
            "expires_at",
            "used_at",
        ),
        excluded={"digest": _WHY, "code_digest": _WHY, "tries": "counts typing errors only"},
    )
)
commit(
    Committed(
        Factor,
        subject_type="accounts.factor",
        version=1,
        fields=("id", "user_id", "made_at"),
        excluded={"secret": "sealed, and still no outsider's business", "last_step": "moves with every sign-in"},
    )
)
commit(
    Committed(
        RecoverySheet,
        subject_type="accounts.recoverysheet",
        version=1,
        fields=("id", "number", "made_at", "ended_at"),
        excluded={"digest": _WHY},
    )
)
commit(
    Committed(
        Recovery,
        subject_type="accounts.recovery",
        version=1,
        fields=("id", "user_id", "account", "reason", "at"),
    )
)
exclude("accounts_session", why="sign-ins on their way; the log of sign-ins tells when they began and ended")
exclude("accounts_recoverycode", why="digests of codes; their use stands in the log of sign-ins")
exclude("accounts_signin", why="a log of its own, insert only; holds addresses, which must go after their time")

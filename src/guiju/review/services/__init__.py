"""The writes of this part."""

from guiju.review.services.checks import keep_check
from guiju.review.services.own_words import decide_own_word, propose_own_word, withdraw_own_word

__all__ = ["decide_own_word", "keep_check", "propose_own_word", "withdraw_own_word"]

"""Words of one company on their way into its list (本公司词库): proposed, decided, withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Problem, Refused
from guiju.kernel.rules.facts import gate
from guiju.kernel.rules.normalise import plain
from guiju.organisations.models import Member
from guiju.organisations.permissions import require
from guiju.review.models import OwnWord
from guiju.rulebook import rules_at

LONGEST, SHORTEST, LONGEST_PROOF, LONGEST_REASON = 60, 2, 200, 200


@dataclass(frozen=True)
class WordDetails:
    """The words, what they are, and what proves them until when."""

    words: str
    sort: str
    proof: str
    valid_until: date


def checked(details: WordDetails) -> tuple[WordDetails, list[Problem]]:
    """The details in standard spelling, and everything that is wrong with their shape."""
    words, proof = " ".join(details.words.split()), " ".join(details.proof.split())
    problems = []
    if len(words) > LONGEST:
        problems.append(Problem("words_long", f"用语有{len(words)}个字，最多{LONGEST}个", "words"))
    elif len(plain(words)) < SHORTEST:
        problems.append(Problem("words_short", f"用语至少{SHORTEST}个字：太短会放过不该放过的话", "words"))
    elif not words.isprintable():
        problems.append(Problem("words_characters", "用语里有看不见的控制字符，请重新输入", "words"))
    if details.sort not in OwnWord.Sort.values:
        problems.append(Problem("sort_unknown", f"性质可填：{'、'.join(OwnWord.Sort.labels)}", "sort"))
    if len(proof) > LONGEST_PROOF:
        problems.append(Problem("proof_long", f"证明有{len(proof)}个字，最多{LONGEST_PROOF}个", "proof"))
    elif not proof.isprintable():
        problems.append(Problem("proof_characters", "证明里有看不见的控制字符，请重新输入", "proof"))
    return WordDetails(words, details.sort, proof, details.valid_until), problems


@transaction.atomic
def propose_own_word(*, details: WordDetails, actor: Member, at: datetime) -> OwnWord:
    """Propose words for the list of one's own company (提出本公司用语).

    Raises `Refused` with every problem at once, or `NotAllowed`.
    """
    require(actor, "own_word.propose", on=actor.entity_id)
    details, problems = checked(details)
    if problems:
        raise Refused.because(problems)
    facts = {"has_proof": bool(details.proof), "is_expired": details.valid_until < day_of(at)}
    grounds = gate(rules_at("review.propose_own_word"), facts, on=day_of(at))
    word = OwnWord(
        id=new_id(),
        entity_id=actor.entity_id,
        words=details.words,
        sort=details.sort,
        proof=details.proof,
        valid_until=details.valid_until,
        state=OwnWord.State.PROPOSED,
        proposed_by=actor,
        proposed_at=at,
    )
    try:
        with transaction.atomic():
            word.save(force_insert=True)
    except IntegrityError as failure:
        if "own_word_once" not in str(failure):
            raise
        raise Refused("own_word_once", f"词库里已经有“{details.words}”：待决定或者已放行", field="words") from failure
    record(Act("review.propose_own_word", actor, at, grounds), entity_id=word.entity_id, subject=word)
    return word


@transaction.atomic
def decide_own_word(*, word_id: UUID, allow: bool, reason: str, actor: Member, at: datetime) -> OwnWord:
    """Allow or refuse proposed words (决定本公司用语); a legal role does, never who proposed them."""
    word = _locked(word_id)
    require(actor, "own_word.decide", on=word.entity_id)
    if word.state != OwnWord.State.PROPOSED:
        raise Refused("own_word_decided", f"“{word.words}”{word.get_state_display()}，不用再决定")
    reason = _reason(reason, needed=not allow)
    facts = {
        "is_expired": allow and word.valid_until < day_of(at),
        "is_own_proposal": word.proposed_by.user_id == actor.user_id,
    }
    grounds = gate(rules_at("review.decide_own_word"), facts, on=day_of(at))
    word.state = OwnWord.State.ALLOWED if allow else OwnWord.State.REFUSED
    word.decided_by, word.decided_at = actor.user, at
    word.save(update_fields=["state", "decided_by", "decided_at"])
    with scope_with(word.entity_id):
        record(Act("review.decide_own_word", actor, at, grounds, reason), entity_id=word.entity_id, subject=word)
    return word


@transaction.atomic
def withdraw_own_word(*, word_id: UUID, reason: str, actor: Member, at: datetime) -> OwnWord:
    """Take words off the list (撤回本公司用语): from now on they are judged like any others."""
    word = _locked(word_id)
    require(actor, "own_word.propose", on=word.entity_id)
    if word.state not in {OwnWord.State.PROPOSED, OwnWord.State.ALLOWED}:
        raise Refused("own_word_over", f"“{word.words}”{word.get_state_display()}，不用撤回")
    reason = _reason(reason, needed=True)
    word.state = OwnWord.State.WITHDRAWN
    word.save(update_fields=["state"])
    with scope_with(word.entity_id):
        record(Act("review.withdraw_own_word", actor, at, (), reason), entity_id=word.entity_id, subject=word)
    return word


def _locked(word_id: UUID) -> OwnWord:
    word = OwnWord.objects.select_for_update().filter(pk=word_id).first()
    if word is None:
        raise Missing("own_word_missing", "词库里没有这个词，或您的角色看不到它")
    return word


def _reason(given: str, *, needed: bool) -> str:
    reason = " ".join(given.split())
    if needed and not reason:
        raise Refused("reason_empty", "请写明原因", field="reason")
    if not reason.isprintable():
        raise Refused("reason_characters", "原因里有看不见的控制字符，请重新输入", field="reason")
    if len(reason) > LONGEST_REASON:
        raise Refused("reason_long", f"原因有{len(reason)}个字，最多{LONGEST_REASON}个", field="reason")
    return reason

"""Signing in, as its owner and as somebody who tries to break in (身份鉴别)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyotp
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from guiju.accounts.models import Session, SignIn
from guiju.accounts.origin import Origin
from guiju.accounts.services.attempts import FREE_TRIES, FROM_ONE_ADDRESS, LONGEST_WAIT
from guiju.accounts.services.sessions import clear_sessions
from guiju.accounts.services.signing_in import check_code, check_password
from guiju.accounts.tests.factories import give_factor
from guiju.organisations.models import User
from guiju.organisations.tests.factories import AT, PASSWORD, Group, make_plain

HOME, ELSEWHERE = Origin("192.0.2.1", "Firefox"), Origin("198.51.100.7", "curl")
Outcome = SignIn.Outcome


@pytest.fixture(autouse=True)
def plain_sales(group: Group) -> None:
    """Nobody here is asked for a second factor, unless the test says so."""
    make_plain("sales")


def attempt(username: str, password: str, *, origin: Origin = ELSEWHERE, at: datetime = AT) -> Outcome:
    return check_password(username=username, password=password, origin=origin, at=at).outcome


def send(client: Client, username: str, password: str, **more: str) -> object:
    return client.post("/sign-in/", {"username": username, "password": password, **more})


def test_the_right_password_lets_in_and_leads_where_one_wanted(group: Group, client: Client) -> None:
    answer = send(client, " XIAOSHOU.A ", PASSWORD, next="/companies/")
    assert answer.status_code == 302 and answer["Location"] == "/companies/"
    assert client.get("/companies/").status_code == 200


@pytest.mark.parametrize(
    "where",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:///evil.example"],
)
def test_nobody_is_led_to_another_host(group: Group, client: Client, where: str) -> None:
    page = client.get("/sign-in/", {"next": where}).content.decode()
    assert "evil" not in page and "javascript:" not in page
    assert send(client, "xiaoshou.a", PASSWORD, next=where)["Location"] == "/"


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(group: Group, client: Client) -> None:
    def page(username: str) -> str:
        answer = send(Client(), username, "not-the-password")
        assert answer.status_code == 401
        text = answer.content.decode()
        start = text.index('name="csrfmiddlewaretoken"')
        return text[:start].replace(username, "") + text[text.index("card-body", start) :].replace(username, "")

    assert page("xiaoshou.a") == page("nobody.here")


def test_an_unknown_name_takes_as_long_as_a_known_one(group: Group, settings, monkeypatch) -> None:
    """Both hash one password: counted, since timing on a shared machine tells nothing."""
    hashed: list[str] = []
    from django.contrib.auth.hashers import MD5PasswordHasher

    before = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *given: hashed.append("one") or before(*given))
    for username in ("xiaoshou.a", "nobody.here"):
        hashed.clear()
        attempt(username, "not-the-password")
        assert len(hashed) == 1, username


def test_a_thousand_guesses_come_to_a_dozen_that_count(group: Group) -> None:
    """One a second, from ever new addresses; the right password at the end doesn't help either."""
    outcomes = [
        attempt("xiaoshou.a", f"guess-{number}", origin=Origin(f"198.51.{number // 250}.{number % 250}"), at=at)
        for number in range(1000)
        if (at := AT + timedelta(seconds=number))
    ]
    assert outcomes.count(Outcome.WRONG) <= FREE_TRIES + 6
    assert set(outcomes) == {Outcome.WRONG, Outcome.LOCKED}
    assert attempt("xiaoshou.a", PASSWORD, at=AT + timedelta(seconds=1000)) == Outcome.LOCKED
    # And the log of it doesn't grow with every knock.
    assert SignIn.objects.count() < 30


def test_each_wait_is_twice_the_last_and_never_longer_than_a_quarter_of_an_hour(group: Group) -> None:
    at, waits = AT, []
    for number in range(FREE_TRIES + 8):
        signed = check_password(username="xiaoshou.a", password="wrong", origin=ELSEWHERE, at=at)
        if number >= FREE_TRIES:
            assert signed.outcome == Outcome.LOCKED and "后再试" in signed.sentence
            waits.append(round(signed.wait.total_seconds()))
            at += signed.wait
            check_password(username="xiaoshou.a", password="wrong", origin=ELSEWHERE, at=at)
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]


def test_a_stranger_cannot_lock_the_owner_out(group: Group) -> None:
    assert attempt("xiaoshou.a", PASSWORD, origin=HOME) == Outcome.DONE
    for second in range(1, 20):
        attempt("xiaoshou.a", "wrong", at=AT + timedelta(seconds=second))
    later = AT + timedelta(seconds=30)
    assert attempt("xiaoshou.a", PASSWORD, at=later) == Outcome.LOCKED
    assert attempt("xiaoshou.a", PASSWORD, origin=HOME, at=later) == Outcome.DONE


def test_names_that_do_not_exist_are_locked_alike(group: Group) -> None:
    for _ in range(FREE_TRIES):
        attempt("nobody.here", "wrong")
    assert attempt("nobody.here", "wrong") == Outcome.LOCKED


def test_one_address_cannot_try_a_password_on_everybody(group: Group) -> None:
    for number in range(FROM_ONE_ADDRESS):
        attempt(f"name{number}", "Spring2026!!")
    assert attempt("xiaoshou.a", PASSWORD) == Outcome.LOCKED
    assert attempt("xiaoshou.a", PASSWORD, origin=HOME) == Outcome.DONE
    assert attempt("xiaoshou.b", PASSWORD, at=AT + LONGEST_WAIT + timedelta(seconds=1)) == Outcome.DONE


def test_what_was_typed_as_a_name_is_not_kept(group: Group) -> None:
    """People type their password into the wrong field."""
    attempt("my-secret-password", "x")
    [line] = SignIn.objects.all()
    assert line.user is None and b"my-secret" not in bytes(line.name_digest)


def test_a_session_gets_a_new_key_when_somebody_signs_in(group: Group, client: Client) -> None:
    """A key that was planted before is worth nothing afterwards (session fixation)."""
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["guiju_session"] = session.session_key
    send(client, "xiaoshou.a", PASSWORD)
    assert client.cookies["guiju_session"].value != session.session_key
    thief = Client()
    thief.cookies["guiju_session"] = session.session_key
    assert thief.get("/companies/").status_code == 302


def test_a_form_without_its_mark_is_refused(group: Group) -> None:
    """Somebody else's page can't sign a person in, or out (CSRF)."""
    strict = Client(enforce_csrf_checks=True)
    assert send(strict, "xiaoshou.a", PASSWORD).status_code == 403
    strict.force_login(group.sales_a.user)
    assert strict.post("/sign-out/").status_code == 403
    assert strict.post("/account/password/", {"old": PASSWORD}).status_code == 403
    assert strict.get("/companies/").status_code == 200


def test_signing_out_takes_a_form_and_ends_the_session(group: Group, client: Client) -> None:
    send(client, "xiaoshou.a", PASSWORD)
    assert client.get("/sign-out/").status_code == 405
    key = client.cookies["guiju_session"].value
    client.post(reverse("sign_out"))
    thief = Client()
    thief.cookies["guiju_session"] = key
    assert thief.get("/companies/").status_code == 302
    assert [line.outcome for line in SignIn.objects.order_by("at", "pk")] == [Outcome.DONE, Outcome.LEFT]


def test_the_second_factor_is_asked_after_the_password_only(group: Group, client: Client) -> None:
    secret, _ = give_factor(group.compliance, at=timezone.now())
    answer = send(client, "hegui", PASSWORD, next="/companies/")
    assert answer["Location"] == "/sign-in/code/"
    # Half way in is not in.
    assert client.get("/companies/").status_code == 302
    assert "验证码不对" in client.post("/sign-in/code/", {"code": "000000"}).content.decode()
    done = client.post("/sign-in/code/", {"code": pyotp.TOTP(secret).now()})
    assert done["Location"] == "/companies/"
    assert client.get("/companies/").status_code == 200


def test_the_code_page_without_a_password_leads_back(group: Group, client: Client) -> None:
    answer = client.get("/sign-in/code/", follow=True)
    assert answer.redirect_chain == [("/sign-in/", 302)] and "请重新登录" in answer.content.decode()


def test_a_half_sign_in_is_forgotten_after_ten_minutes(group: Group, client: Client) -> None:
    secret, _ = give_factor(group.compliance, at=timezone.now())
    send(client, "hegui", PASSWORD)
    session = client.session
    session["half"] = [session["half"][0], session["half"][1] - 601, "dashboard"]
    session.save()
    assert client.post("/sign-in/code/", {"code": pyotp.TOTP(secret).now()})["Location"] == "/sign-in/"


def test_guessing_codes_locks_as_guessing_passwords_does(group: Group) -> None:
    give_factor(group.compliance, at=AT)
    user = group.compliance.user
    outcomes = [
        check_code(user=user, code=f"{number:06d}", origin=ELSEWHERE, at=AT + timedelta(seconds=number)).outcome
        for number in range(1000)
    ]
    assert outcomes.count(Outcome.WRONG_CODE) <= FREE_TRIES + 6
    assert Outcome.DONE not in outcomes


def test_somebody_who_is_powerful_sets_a_factor_before_anything_else(group: Group, client: Client) -> None:
    send(client, "hegui", PASSWORD)
    assert client.get("/companies/")["Location"] == "/account/factor/"
    page = client.get("/account/factor/")
    secret = page.context["secret"]
    assert "先设置第二因子" in page.content.decode() and page.context["picture"].startswith("data:image/svg+xml")
    wrong = client.post("/account/factor/", {"secret": secret, "code": "000000"})
    assert wrong.status_code == 422 and wrong.context["secret"] == secret
    shown = client.post("/account/factor/", {"secret": secret, "code": pyotp.TOTP(secret).now()})
    assert len(shown.context["codes"]) == 10
    assert client.get("/companies/").status_code == 200


def test_somebody_who_becomes_powerful_while_signed_in_gives_a_code(group: Group, client: Client) -> None:
    send(client, "xiaoshou.a", PASSWORD)
    secret, _ = give_factor(group.sales_a, at=timezone.now())
    from guiju.organisations.tests.factories import let

    let("sales", "company.export", "company")
    assert client.get("/companies/")["Location"] == "/account/step-up/"
    # The factor that is there can't be replaced by who has only the password.
    assert client.get("/account/factor/")["Location"] == "/account/step-up/"
    assert client.post("/account/step-up/", {"code": "123456"}).status_code in (401, 422)
    client.post("/account/step-up/", {"code": pyotp.TOTP(secret).now()})
    assert client.get("/companies/").status_code == 200


def test_somebody_whose_account_is_closed_is_out_at_once(group: Group, client: Client) -> None:
    send(client, "xiaoshou.a", PASSWORD)
    User.objects.filter(pk=group.sales_a.user_id).update(is_active=False)
    assert client.get("/companies/").status_code == 302
    assert attempt("xiaoshou.a", PASSWORD) == Outcome.WRONG


def test_sessions_are_listed_with_where_they_are_and_can_be_ended(group: Group, client: Client) -> None:
    phone = Client(HTTP_USER_AGENT="Mozilla/5.0 (iPhone; CPU) Safari/604", REMOTE_ADDR="203.0.113.9")
    for one in (client, phone):
        send(one, "xiaoshou.a", PASSWORD)
    page = client.get("/account/")
    assert [line.is_this for line in page.context["sessions"]] == [True, False]
    other = page.context["sessions"][1]
    assert (other.agent, other.address) == ("Safari，iPhone", "203.0.113.9")
    assert phone.cookies["guiju_session"].value not in page.content.decode()
    client.post(reverse("end_own_session", args=[other.mark]))
    assert phone.get("/companies/").status_code == 302
    assert client.get("/companies/").status_code == 200


def test_nobody_ends_a_session_of_somebody_else(group: Group, client: Client) -> None:
    other = Client()
    send(client, "xiaoshou.a", PASSWORD)
    send(other, "xiaoshou.b", PASSWORD)
    mark = Session.objects.get(user_id=group.sales_b.user_id).mark
    assert "没有这个会话" in client.post(f"/account/sessions/{mark}/end/", follow=True).content.decode()
    assert other.get("/companies/").status_code == 200


def test_the_log_of_sign_ins_can_only_grow(group: Group) -> None:
    from django.db import ProgrammingError, connection, transaction

    attempt("xiaoshou.a", "wrong")
    for statement in ("UPDATE accounts_signin SET outcome = 'done'", "DELETE FROM accounts_signin"):
        with (
            connection.cursor() as cursor,
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
        ):
            cursor.execute(statement)


def test_the_log_is_for_the_security_and_the_audit_administrator(group: Group, client: Client) -> None:
    from guiju.organisations.tests.factories import sign_in

    attempt("xiaoshou.a", "wrong")
    for username, status in (("anquan", 200), ("shenji", 200), ("xitong", 403), ("hegui", 403)):
        assert sign_in(client, username).get("/people/sign-ins/").status_code == status, username
    page = sign_in(client, "shenji").get("/people/sign-ins/?search=xiaoshou&outcome=wrong").content.decode()
    assert "共 1 条" in page and "198.51.100.7" in page


def test_expired_sessions_are_taken_away_and_the_others_stay(group: Group, client: Client) -> None:
    send(client, "xiaoshou.a", PASSWORD)
    assert clear_sessions(at=timezone.now()) == 0
    assert clear_sessions(at=timezone.now() + timedelta(hours=13)) == 1
    assert client.get("/companies/").status_code == 302

"""Tests of server/outside/jwt_signer.py."""
from __future__ import annotations

import base64
import json
from datetime import timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.accounts.claims import Claims
from server.domain.errors import TokenExpired, TokenInvalid
from server.outside.jwt_signer import JwtSigner
from tests.accounts import SECRET
from tests.clock import NOON, HandClock

CLAIMS = Claims(
    id="token-1",
    login_id="login-1",
    user_id=7,
    generation=2,
    login_at=NOON - timedelta(days=3),
    issued_at=NOON,
    expires_at=NOON + timedelta(hours=1),
)


def make_signer(secret: str = SECRET, *, issuer: str = "auction", audience: str = "clients", clock: HandClock | None = None) -> JwtSigner:
    return JwtSigner(secret, clock or HandClock(), issuer=issuer, audience=audience)


def payload(**changes: object) -> dict[str, object]:
    """What a genuine token says; a change to None leaves the claim out."""
    token = make_signer().sign(CLAIMS)
    content = jwt.decode(token, options={"verify_signature": False})
    return {name: value for name, value in {**content, **changes}.items() if value is not None}


def encode(content: dict[str, object], secret: str = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(content, secret, algorithm=algorithm)


def part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def test_what_is_signed_is_read_back():
    signer = make_signer()
    assert signer.read(signer.sign(CLAIMS)) == CLAIMS


def test_the_same_claims_give_the_same_token_in_every_process():
    assert make_signer().sign(CLAIMS) == make_signer().sign(CLAIMS)


def test_a_token_made_by_hand_from_genuine_claims_is_read():
    assert make_signer().read(encode(payload())) == CLAIMS


@pytest.mark.parametrize(
    "token",
    [
        make_signer("another secret of the right length, really").sign(CLAIMS),
        make_signer(issuer="somebody").sign(CLAIMS),
        make_signer(audience="others").sign(CLAIMS),
        encode(payload(), algorithm="HS512"),
        jwt.encode(payload(), "", algorithm="none"),
        f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(payload())}.",
        f"{part({'alg': 'NONE'})}.{part(payload())}.{make_signer().sign(CLAIMS).split('.')[2]}",
        ".".join(make_signer().sign(CLAIMS).split(".")[:2]),
        f"{part('[' * 700)}.e30.e30",
        f"{base64.urlsafe_b64encode(b'[' * 1500).decode()}.e30.e30",
        make_signer().sign(CLAIMS) + "." + "a" * 4096,
        "täuschend.echt.gemacht",
        "\ud800.\ud800.\ud800",
    ],
)
def test_a_token_that_this_server_did_not_sign_is_invalid(token):
    with pytest.raises(TokenInvalid):
        make_signer().read(token)


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "jti", "iat", "exp", "auth_time", "gen"])
def test_a_token_without_one_of_the_claims_is_invalid(name):
    with pytest.raises(TokenInvalid):
        make_signer().read(encode(payload(**{name: None})))


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": "seven"},
        {"sub": "0"},
        {"sub": "-7"},
        {"sub": "7\n"},
        {"sub": "٧"},
        {"sub": "9" * 40},
        {"jti": ""},
        {"jti": "x" * 65},
        {"sid": "x" * 65},
        {"exp": True},
        {"exp": 10**15},
        {"exp": -1},
        {"iat": "now"},
        {"iat": 1.5},
        {"aud": ["clients", "others"]},
        {"gen": -1},
    ],
)
def test_a_signed_token_with_claims_of_another_form_is_invalid(changes):
    with pytest.raises(TokenInvalid):
        make_signer().read(encode(payload(**changes)))


@given(st.text())
def test_any_text_is_read_or_invalid(text):
    with pytest.raises(TokenInvalid):
        make_signer().read(text)


GENUINE = make_signer().sign(CLAIMS)


@given(st.integers(0, len(GENUINE) - 1), st.characters(min_codepoint=33, max_codepoint=126))
def test_a_token_with_one_changed_character_is_invalid_or_means_the_same(place, character):
    changed = GENUINE[:place] + character + GENUINE[place + 1 :]
    try:
        # The last character of a base64 part has bits that mean nothing.
        assert make_signer().read(changed) == CLAIMS
    except TokenInvalid:
        assert changed != GENUINE


def test_a_token_expires_seconds_after_its_end_to_allow_for_clocks_that_differ():
    clock = HandClock(CLAIMS.expires_at + timedelta(seconds=4))
    signer = make_signer(clock=clock)
    token = signer.sign(CLAIMS)
    assert signer.read(token) == CLAIMS
    clock.advance(seconds=1)
    with pytest.raises(TokenExpired):
        signer.read(token)
    assert signer.read(token, may_be_expired=True) == CLAIMS


def test_a_token_of_a_clock_that_is_ahead_is_read():
    signer = make_signer(clock=HandClock(NOON - timedelta(minutes=3)))
    assert signer.read(signer.sign(CLAIMS)) == CLAIMS


def test_an_expired_token_of_another_key_is_invalid_even_where_expired_ones_are_read():
    with pytest.raises(TokenInvalid):
        make_signer().read(make_signer("another secret of the right length, really").sign(CLAIMS), may_be_expired=True)

"""What the description admits the server takes, by JSON and by form; what it takes fits the description once it is kept."""
from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict
from tornado.ioloop import IOLoop

from server.domain.accounts.names import one_line
from server.domain.accounts.users import Role, User
from tests.api import Answer, Api
from tests.belongings import HOME
from tests.registering import PASSWORD, register

ADDRESS = asdict(HOME)
FORM = {
    "name": "Alice",
    "username": "alice2",
    "password": PASSWORD,
    "password_confirmation": PASSWORD,
    "invitation_code": " ",  # wrong, so that nobody is registered: the form is looked at as a whole
    "captcha_key": "x",
    "captcha_code": "x",
}


@dataclass(frozen=True)
class Place:
    """An operation and a body that it takes, but for the field that is tried. `with_it`: fields that have to be the same."""

    method: str
    path: str
    body: dict[str, str]
    with_it: tuple[str, ...] = ()
    sent_to: str = ""  # with the path's values

    def filled(self, name: str, value: str) -> dict[str, str]:
        return {**self.body, name: value, **dict.fromkeys(self.with_it, value)}


@dataclass(frozen=True)
class Field:
    """One field of an operation. `is_told`: the answer says what became of its value."""

    name: str
    place: Place
    is_told: bool


ADDRESS_PATH, PROFILE_PATH, USER_PATH = "/api/user_addresses/{address_id}", "/api/user_profiles/{profile_id}", "/api/user_info/{username}"
PASSWORD_CHANGE = Place(
    "PUT", "/api/user/password/{username}", {"oldPassword": "x", "newPassword_confirmation": "other"}, sent_to="/api/user/password/boss"
)


def fields_of(place: Place, *names: str, is_told: bool = False) -> list[Field]:
    return [Field(name, place, is_told) for name in names]


FIELDS = [
    *fields_of(Place("POST", "/api/auth/register", FORM), "name", "nickname", "username", "captcha_code"),
    *fields_of(Place("POST", "/api/auth/register", FORM, with_it=("password_confirmation",)), "password"),
    *fields_of(Place("POST", "/api/captchas", {}), "username"),
    *fields_of(PASSWORD_CHANGE, "newPassword"),
    *fields_of(Place("PUT", ADDRESS_PATH, ADDRESS, sent_to="/api/user_addresses/1"), *ADDRESS, is_told=True),
    *fields_of(Place("PATCH", ADDRESS_PATH, {}, sent_to="/api/user_addresses/1"), "city", "zip", "contact_phone", is_told=True),
    *fields_of(Place("PUT", PROFILE_PATH, {}, sent_to="/api/user_profiles/1"), "name", "nickname", is_told=True),
    *fields_of(Place("PUT", PROFILE_PATH, {}, sent_to="/api/user_profiles/1"), "email", "phone", "avatar", is_told=True),
    *fields_of(Place("PATCH", USER_PATH, {}, sent_to="/api/user_info/boss"), "name", "email", "phone", "avatar", is_told=True),
]


@pytest.fixture
def admin(io_loop: IOLoop, api: Api) -> User:
    """User 1, with address 1."""
    boss = io_loop.run_sync(lambda: register(api, "boss", roles=(Role.ADMIN,)))
    io_loop.run_sync(lambda: api.post("/api/user_addresses", as_user=boss, json=ADDRESS))
    return boss


def schema_of(described: dict[str, Any], tried: Field) -> dict[str, Any]:
    operation = described["paths"][tried.place.path][tried.place.method.lower()]
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    found = described["components"]["schemas"][reference.rpartition("/")[2]]["properties"][tried.name]
    return next((kind for kind in found.get("anyOf", ()) if kind != {"type": "null"}), found)


def texts(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    """Around what the schema says: within, just outside, and anything."""
    likely = st.text("aZ09 -+@.:/\n\t\u200b\u202e\u3000\u0301\u00a0\x00刘😀_", max_size=12)
    bounds = [schema.get("minLength", 0), schema.get("maxLength", 40)]
    lengths = sorted({max(0, bound + step) for bound in bounds for step in (-1, 0, 1)})
    sized = st.one_of(*(st.text("a1", min_size=length, max_size=length) for length in lengths))
    strategies = [likely, sized, st.text(max_size=40)]
    if "pattern" in schema:
        strategies.append(st.from_regex(schema["pattern"]))
        strategies.append(st.from_regex(schema["pattern"], fullmatch=True).map(lambda text: f" {text} "))
    return st.one_of(*strategies)


def is_measured_alike(name: str, text: str) -> bool:
    """Leaves out what no pattern tells: marks of single scripts, and passwords that are shorter or longer in their one form (NFKC)."""
    if "assword" in name:
        return len(unicodedata.normalize("NFKC", text)) == len(text)
    return not text or not all(one.isspace() or unicodedata.category(one) in ("Mn", "Mc", "Me", "Cf", "Cc") for one in text)


@pytest.mark.parametrize("tried", FIELDS, ids=lambda one: f"{one.place.method}-{one.place.path}-{one.name}")
def test_the_description_is_as_strict_as_the_server(io_loop: IOLoop, api: Api, admin: User, tried: Field) -> None:
    described = io_loop.run_sync(lambda: api.get("/openapi.json")).json
    schema = schema_of(described, tried)
    assert {"minLength", "maxLength", "pattern"} & schema.keys()
    validator = jsonschema_rs.validator_for(schema)
    place = tried.place

    def ask(form: str, value: str) -> Answer:
        body: dict[str, Any] = {form: place.filled(tried.name, value)}
        return io_loop.run_sync(lambda: api.ask(place.method, place.sent_to or place.path, as_user=admin, **body))

    @settings(max_examples=30, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(texts(schema))
    def agree(value: str) -> None:
        assume(is_measured_alike(tried.name, value))
        for form in ("json", "form"):
            if form == "form" and not value:
                continue  # an empty text of a form is not given
            answer = ask(form, value)
            assert answer.status < 500
            is_refused = answer.status == 422 and tried.name in answer.json["data"]
            if validator.is_valid(value):
                assert not is_refused, (form, value, answer.json)
            elif not is_refused:
                # Taken tidied, never as it stands.
                kept = answer.json["data"][tried.name] if tried.is_told else one_line(value)
                assert kept != value and validator.is_valid(kept), (form, value, kept)

    agree()

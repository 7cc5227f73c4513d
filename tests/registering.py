"""Becoming a password user, as a person does: by reading the picture."""
from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import msgspec

from server.bootstrap import Application
from server.domain.accounts.captchas import Captcha
from server.domain.accounts.invitations import InvitationsWanted
from server.domain.accounts.users import Role, User
from tests.api import Answer, Api

PASSWORD = "Lantern-Harbour-52"


@dataclass(frozen=True)
class Solved:
    """A captcha and what its picture shows."""

    key: str
    code: str

    @property
    def form(self) -> dict[str, str]:
        return {"captcha_key": self.key, "captcha_code": self.code}


async def read_captcha(application: Application, key: str) -> str:
    """What the picture shows; the captcha still waits for its answer."""
    name = f"{application.config.mongodb_database}:captcha:{hashlib.sha256(key.encode()).hexdigest()}"
    kept = await application.ground.redis.get(name)
    assert kept is not None
    return msgspec.json.decode(kept, type=Captcha).code


async def empty_redis(application: Application) -> None:
    """Of what this server keeps there, as a Redis that was flushed is; others may have things in it."""
    redis = application.ground.redis
    async for name in redis.scan_iter(f"{application.config.mongodb_database}:*"):
        await redis.delete(name)


async def solve_captcha(api: Api, username: str) -> Solved:
    """A captcha made for that username."""
    answer = await api.post("/api/captchas", json={"username": username})
    assert answer.status == 201, answer.body
    key = answer.json["data"]["captcha_key"]
    return Solved(key, await read_captcha(api.application, key))


async def make_invitation(application: Application, *, uses: int = 1, days: int = 1) -> str:
    made = await application.services.accounts.invitations.invite(InvitationsWanted(uses=uses, days=days))
    return made[0].id


async def registration_form(api: Api, username: str, **about: Any) -> dict[str, Any]:
    """Everything a registration needs; `about` replaces parts of it."""
    form = {
        "name": f"{username.title()} Liu",
        "username": username,
        "password": PASSWORD,
        "password_confirmation": PASSWORD,
        "invitation_code": about.get("invitation_code") or await make_invitation(api.application),
    }
    if "captcha_key" not in about:
        form |= (await solve_captcha(api, username)).form
    return form | about


async def register(api: Api, username: str = "alice", *, roles: tuple[Role, ...] = (), **about: Any) -> User:
    """A password user."""
    answer = await api.post("/api/auth/register", json=await registration_form(api, username, **about))
    assert answer.status == 201, answer.body
    user_id = answer.json["data"]["id"]
    for role in roles:
        await api.application.stores.accounts.directory.change_role(user_id, role, has_role=True)
    return await api.application.stores.accounts.users.get_user(user_id)


def sent_as(form: str, fields: dict[str, Any]) -> dict[str, Any]:
    """What to tell the client so that it sends the fields as `query`, `form` or `json`."""
    return {form: fields}


async def log_in(api: Api, username: str = "alice", password: str = PASSWORD, **more: str) -> Answer:
    return await api.post("/api/auth/login", json={"username": username, "password": password, **more})


async def token_of(api: Api, username: str = "alice", password: str = PASSWORD) -> str:
    answer = await log_in(api, username, password)
    assert answer.status == 200, answer.body
    return answer.json["data"]["access_token"]

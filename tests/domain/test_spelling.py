"""Tests of server/domain/spelling.py."""
from __future__ import annotations

import sys
from datetime import timedelta
from urllib.parse import quote

import pytest

from server.domain.accounts.captchas import Captcha
from server.domain.accounts.invitations import Invitation, tidy_code
from server.domain.accounts.usernames import username_identity
from server.domain.errors import InvalidInput
from server.domain.paging import PageQuery
from server.domain.spelling import capital_letters, small_letters
from tests.api import Api
from tests.clock import NOON
from tests.registering import PASSWORD, log_in, register, registration_form

LOOKS_LIKE = ["\u017feqak", "seqa\u212a", "ｓｅｑａｋ", "SEQAK\u0307", "se\u0323qak", "\u017fEQA\u212a"]


def test_nothing_becomes_ascii_that_was_not():
    others = [chr(number) for number in range(128, sys.maxunicode + 1)]
    assert not [one for one in others if small_letters(one).isascii() or capital_letters(one).isascii()]
    assert (small_letters("Seqa K9"), capital_letters("Seqa K9")) == ("seqa k9", "SEQA K9")


@pytest.mark.parametrize("name", LOOKS_LIKE)
async def test_a_username_is_its_ascii_letters_only(api: Api, name: str) -> None:
    user = await register(api, "seqak")
    assert username_identity(name) != username_identity("seqak")
    assert (await log_in(api, "SEQAK")).status == 200
    refused = await log_in(api, name)
    assert (refused.status, refused.json["code"]) == (400, 10003)
    assert (await api.post("/api/captchas", json={"username": name})).status == 422
    form = await registration_form(api, "somebody", invitation_code="x")
    assert (await api.post("/api/auth/register", json={**form, "username": name})).status == 422
    new = {"oldPassword": PASSWORD, "newPassword": "Copper-Meadow-81", "newPassword_confirmation": "Copper-Meadow-81"}
    assert (await api.ask("PUT", f"/api/user/password/{quote(name)}", as_user=user, json=new)).status == 404
    directory = api.application.services.accounts.directory
    for part in (name, *name):
        found = (await directory.page_users(part, PageQuery())).items
        assert found == ([user] if part.isascii() else [])


@pytest.mark.parametrize("code", ["\u017f2345ABCDE", "Ｓ2345ABCDE"])
async def test_an_invitation_is_its_ascii_letters_only(api: Api, code: str) -> None:
    assert tidy_code(code) != tidy_code("S2345ABCDE")
    await api.application.stores.accounts.invitations.add(
        Invitation(id="S2345ABCDE", uses=1, uses_left=1, expires_at=NOON + timedelta(days=1), created_at=NOON)
    )
    refused = await api.post("/api/auth/register", json=await registration_form(api, "alice", invitation_code=code))
    assert (refused.status, list(refused.json["data"])) == (409, ["invitation_code"])
    await register(api, "alice", invitation_code=" s2345-abcde ")


async def test_a_captcha_is_answered_in_ascii_only(api: Api) -> None:
    captchas = api.application.services.accounts.captchas
    for answer, problem in (("\ufb00KXY", "captcha_wrong"), ("ffkxy", None)):
        kept = Captcha(key="key", code="FFKXY", identity=username_identity("alice"), expires_at=NOON + timedelta(minutes=1))
        await captchas._captchas.keep(kept, timedelta(minutes=1))
        if problem is None:
            await captchas.spend("key", answer, "alice")
        else:
            with pytest.raises(InvalidInput) as refused:
                await captchas.spend("key", answer, "alice")
            assert refused.value.problems == {"captcha_code": [problem]}


@pytest.mark.parametrize("page", ["１", "²", "٣", "+1", " 1", "1_0"])
async def test_numbers_are_written_in_ascii(api: Api, page: str) -> None:
    assert (await api.get("/api/group", query={"page": page})).status == 422
    assert (await api.get(f"/api/group/history/{quote(page)}")).status == 422


async def test_the_digest_of_an_avatar_is_written_in_ascii(api: Api) -> None:
    assert (await api.get(f"/api/avatars/{quote('ａ' * 32)}")).status == 404

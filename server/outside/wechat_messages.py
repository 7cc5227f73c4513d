"""Subscribe messages of WeChat's mini-programs: one for each time that a person said yes."""
from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from server.domain.accounts.users import User
from server.domain.errors import Unavailable
from server.domain.moments import SHANGHAI
from server.domain.reminders.reminders import Kind
from server.domain.reminders.sending import Message, MessageRefused, NoGrant, NotTaken, QuotaSpent
from server.outside.wechat import BUSY, TOO_FREQUENT, NotReached, WechatClient
from server.outside.wechat_access import ACCESS_REFUSED, AccessKeeper

log = logging.getLogger(__name__)

IDENTITY = "wechat:"
NOT_GRANTED = (43101, 43107)
DAY_S_SHARE_SPENT = 45009
NOTES = {Kind.OUTBID: "出价已被超过", Kind.ENDING: "拍品即将结束", Kind.WON: "恭喜竞得"}
# How much a field of a template takes, by its kind: WeChat refuses a message with more (47003).
MOST_CHARACTERS = {"thing": 20, "character_string": 32, "phrase": 5, "name": 10}


class MessageTemplate(Struct, frozen=True):
    """One of those that the mini-program was given, and what each of its fields tells: `lot`, `price`, `end` or `note`."""

    id: str
    fields: tuple[tuple[str, str], ...]

    def fill(self, message: Message) -> dict[str, dict[str, str]]:
        facts = {
            "lot": message.sn,
            "price": f"{message.price / 100:.2f}元",
            "end": _document_time(message.end_at),
            "note": NOTES[message.kind],
        }
        return {field: {"value": _cut(field, facts[fact])} for field, fact in self.fields}


class WechatMessages:
    """Implements Messenger. `page` of the mini-program opens from a message; `{goods_id}` in it is the lot's."""

    def __init__(self, wechat: WechatClient, access: AccessKeeper, templates: Mapping[Kind, MessageTemplate], page: str):
        self._wechat = wechat
        self._access = access
        self._templates = templates
        self._page = page
        self.templates: Mapping[Kind, str] = {kind: template.id for kind, template in templates.items()}
        missing = [kind.value for kind in Kind if kind not in templates]
        if missing:
            log.warning("without their WECHAT_MESSAGE settings no subscribe messages are sent for: %s", ", ".join(missing))

    def find_address(self, user: User) -> str | None:
        return next((one.removeprefix(IDENTITY) for one in user.identities if one.startswith(IDENTITY)), None)

    async def send(self, address: str, message: Message) -> None:
        template = self._templates[message.kind]
        content = {"touser": address, "template_id": template.id, "data": template.fill(message)}
        if self._page:
            content["page"] = self._page.replace("{goods_id}", str(message.goods_id))
        answer = await self._ask(content)
        errcode = answer.get("errcode", 0)
        if errcode == 0:
            return
        if errcode in NOT_GRANTED:
            raise NoGrant()
        if errcode == DAY_S_SHARE_SPENT:
            raise QuotaSpent()
        if errcode in (BUSY, TOO_FREQUENT, *ACCESS_REFUSED):
            raise NotTaken()
        # A template, a page or a field that is not as WeChat knows it: for the operator to mend.
        log.error("WeChat refuses a subscribe message with errcode %s", errcode)
        raise MessageRefused(f"{errcode} {answer.get('errmsg', '')}"[:200])

    async def _ask(self, content: dict[str, Any]) -> dict[str, Any]:
        """Under another token once, if the one we have is over."""
        token = await self._get_token()
        answer = await self._post(content, token)
        if answer.get("errcode") not in ACCESS_REFUSED:
            return answer
        return await self._post(content, await self._get_token(refused=token))

    async def _get_token(self, *, refused: str = "") -> str:
        """Raises NotTaken: without a token nothing was asked."""
        try:
            return await (self._access.replace_token(refused) if refused else self._access.get_token())
        except Unavailable:
            raise NotTaken() from None

    async def _post(self, content: dict[str, Any], token: str) -> dict[str, Any]:
        try:
            return await self._wechat.ask("/cgi-bin/message/subscribe/send", {"access_token": token}, content)
        except NotReached:
            raise NotTaken() from None


def _cut(field: str, text: str) -> str:
    most = MOST_CHARACTERS.get(re.sub(r"\d+$", "", field))
    return text if most is None else text[:most]


def _document_time(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")

"""Messages by WeChat's templates: subscribe messages of the mini-program, template messages of the service account.

WeChat has taken no template messages of mini-programs since January 2020, and nothing comes of their form ids: what replaced them is the
subscribe message, which a person allows once for each.
"""
from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from server.domain.errors import Unavailable
from server.domain.mall.messaging.messages import Channel, MessagesOff, NotSentYet, NotTaken, WechatMessage
from server.outside.wechat import BUSY, TOO_FREQUENT
from server.outside.wechat_access import ACCESS_REFUSED
from server.outside.wechat_calls import WechatCalls

log = logging.getLogger(__name__)

DAY_S_SHARE_SPENT = 45009
LATER = frozenset((BUSY, TOO_FREQUENT, DAY_S_SHARE_SPENT, *ACCESS_REFUSED))
# Of one person, not of how the mall is set up.
OF_THE_PERSON = frozenset((43101, 43107, 43004, 40003, 43116))
PATHS = {
    Channel.MINI_PROGRAM: "/cgi-bin/message/subscribe/send",
    Channel.SERVICE_ACCOUNT: "/cgi-bin/message/template/send",
}


class WechatTemplateMessages:
    """Implements MessageSender."""

    def __init__(self, calls: Mapping[Channel, WechatCalls]):
        self._calls = calls

    async def send(self, address: str, message: WechatMessage) -> None:
        calls = self._calls.get(message.channel)
        if calls is None:
            raise MessagesOff()
        try:
            await calls.get_token()
        except Unavailable:
            raise NotSentYet() from None
        answer = await calls.ask(PATHS[message.channel], _content(address, message))
        errcode = answer.get("errcode", 0)
        if errcode == 0:
            return
        if errcode in LATER:
            raise NotSentYet()
        if errcode not in OF_THE_PERSON:  # a template or a field that is not as WeChat knows it: for the operator to mend
            log.error("WeChat refuses a message by template %s with errcode %s", message.template_id, errcode)
        raise NotTaken(f"{errcode} {answer.get('errmsg', '')}"[:200])


def _content(address: str, message: WechatMessage) -> dict[str, Any]:
    content: dict[str, Any] = {
        "touser": address,
        "template_id": message.template_id,
        "data": {name: {"value": value} for name, value in message.values.items()},
    }
    if message.link:
        content["page" if message.channel is Channel.MINI_PROGRAM else "url"] = message.link
    return content

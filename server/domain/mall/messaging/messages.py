"""Messages to members by WeChat's templates: at once, or when something of theirs reaches a state.

A message is written down before it is sent, and is sent once at most: of one whose answer never came nobody knows whether it arrived.
"""
from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.accounts.users import User, UserStore
from server.domain.clock import Clock
from server.domain.errors import Conflict, DomainError, InvalidInput, NotFound, Unavailable
from server.domain.nouns import Noun, NounStore, NumberId, Revision, about

log = logging.getLogger(__name__)

MOST_WAITING = 200  # of one member
KEPT_WAITING = timedelta(days=30)
KEPT_SENDING = timedelta(minutes=5)  # longer than any answer takes
AT_ONCE = 500
ROUND_SECONDS = 5.0
AT_PRESENT = "immediately"  # the document's word for a message that waits for nothing


class Channel(int, Enum):
    """By which account, as the document numbers them."""

    MINI_PROGRAM = 0
    SERVICE_ACCOUNT = 1


CHANNEL_LABELS = {Channel.MINI_PROGRAM: ("小程序", "Mini-program"), Channel.SERVICE_ACCOUNT: ("服务号", "Service account")}
# Under which kinds of identities WeChat knows a member there.
IDENTITIES = {Channel.MINI_PROGRAM: ("wechat", "sandbox"), Channel.SERVICE_ACCOUNT: ("wechat-service", "sandbox")}


class NoAddress(Conflict):
    """WeChat does not know the member by that account."""


class MessagesFull(Conflict):
    """As many messages wait for the member as may."""


class ThingMissing(NotFound):
    """The member has nothing of that kind and number."""


class NotTaken(Conflict):
    """WeChat does not take the message; `reason` in its own words."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


class NotSentYet(DomainError):
    """Nothing was sent, and it may be tried again."""


class MessagesOff(DomainError):
    """The mall has no such account."""


class MessageState(int, Enum):
    """How far it is."""

    WAITING = 0
    SENDING = 1
    SENT = 2
    REFUSED = 3
    EXPIRED = 4
    UNKNOWN = 5


STATE_LABELS = {
    MessageState.WAITING: ("等待触发", "Waits"),
    MessageState.SENDING: ("发送中", "Being sent"),
    MessageState.SENT: ("已发送", "Sent"),
    MessageState.REFUSED: ("被拒绝", "Refused"),
    MessageState.EXPIRED: ("已过期", "Never came to it"),
    MessageState.UNKNOWN: ("结果未知", "Nobody knows"),
}


class MessageWords(Struct, frozen=True, kw_only=True):
    """What is asked for. `thing_id` and `trigger`: of what it waits for, which state; empty for one that waits for nothing."""

    channel: Channel
    template_id: str
    values: dict[str, str]
    link: str = ""
    emphasis: str = ""
    module: str = AT_PRESENT
    thing_id: int | None = None
    trigger: int | None = None


class WechatMessage(Struct, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 1
    user_id: Annotated[int, about("用户", "User")]
    channel: Annotated[Channel, about("渠道", "By", labels=CHANNEL_LABELS)]
    template_id: Annotated[str, about("模板", "Template")]
    values: Annotated[dict[str, str], about("内容", "Values", "list")]
    link: Annotated[str, about("链接", "Link")] = ""
    emphasis: Annotated[str, about("放大的关键词", "Emphasis")] = ""
    module: Annotated[str, about("模块", "Waits for")] = AT_PRESENT
    thing_id: Annotated[int | None, about("业务编号", "Of which")] = None
    trigger: Annotated[int | None, about("触发状态", "Which state")] = None
    state: Annotated[MessageState, about("状态", "State", labels=STATE_LABELS)] = MessageState.WAITING
    reason: Annotated[str, about("原因", "Reason")] = ""
    asked_at: Annotated[datetime, about("提交时间", "Asked at")]
    sent_at: Annotated[datetime | None, about("发送时间", "Sent at")] = None


MESSAGES = Noun(
    area="mall",
    name="wechat-messages",
    zh="模板消息",
    en="Messages by WeChat",
    made=WechatMessage,
    label="template_id",
    searched=("template_id", "reason"),
    sorted=("id", "state", "asked_at"),
    filtered=("user_id", "state", "channel", "module"),
    order=("-id",),
    is_kept=True,
)


class MessageStore(NounStore[WechatMessage], Protocol):
    """Where messages are kept."""

    async def count(self, *, user_id: int, state: MessageState) -> int: ...

    async def move(self, message: WechatMessage, state: MessageState, reason: str = "", sent_at: datetime | None = None) -> bool:
        """By one write; False if it is in another state by now than the one that was read."""

    async def list_waiting(self, after_id: int, most: int) -> list[WechatMessage]:
        """By their ids, from the first one after that."""

    async def move_older(self, state: MessageState, before: datetime, to: MessageState) -> None:
        """Those that were asked for, or began to be sent, before that."""


class MessageSender(Protocol):
    """WeChat, which takes a message or says why not."""

    async def send(self, address: str, message: WechatMessage) -> None:
        """Raises NotTaken, NotSentYet, MessagesOff, and Unavailable where nobody knows whether it was taken."""


class SandboxMessages:
    """Implements MessageSender where there is no WeChat."""

    async def send(self, address: str, message: WechatMessage) -> None:
        log.info("sandbox: message %s by template %s is not sent", message.id, message.template_id)


class Watched(Struct, frozen=True):
    """Whose it is, and its state."""

    user_id: int
    state: int


class Watch(Protocol):
    """Things of one kind that messages wait for."""

    async def find_states(self, ids: Collection[int]) -> Mapping[int, Watched]:
        """Of those that are there."""


class Kept(Protocol):
    """Documents that belong to somebody and have a state."""

    async def find_by_ids(self, ids: Iterable[int]) -> list[Any]: ...


class StateWatch:
    """Implements Watch; `field` is what their state is called."""

    def __init__(self, kept: Kept, field: str):
        self._kept = kept
        self._field = field

    async def find_states(self, ids: Collection[int]) -> Mapping[int, Watched]:
        found = await self._kept.find_by_ids(ids)
        return {one.id: Watched(one.user_id, getattr(one, self._field).value) for one in found}


class MessageService:
    """Takes messages and sends them. `watches`: module of the document → what its messages wait for."""

    def __init__(
        self, messages: MessageStore, users: UserStore, sender: MessageSender, watches: Mapping[str, Watch], clock: Clock
    ):
        self._messages = messages
        self._users = users
        self._sender = sender
        self._watches = watches
        self._clock = clock

    async def put(self, user: User, words: MessageWords) -> None:
        """To the member themselves, of what is theirs.

        Raises InvalidInput, NoAddress, ThingMissing, MessagesFull; of one that is sent at once NotTaken, MessagesOff and Unavailable.
        """
        if find_address(user, words.channel) is None:
            raise NoAddress()
        if words.module != AT_PRESENT:
            await self._check_thing(user, words)
        if await self._messages.count(user_id=user.id, state=MessageState.WAITING) >= MOST_WAITING:
            raise MessagesFull()
        number, values = await self._messages.next_id(), {name: getattr(words, name) for name in words.__struct_fields__}
        message = WechatMessage(**values, id=number, user_id=user.id, asked_at=self._clock.now())
        await self._messages.add(message)
        if words.module == AT_PRESENT:
            await self._send(message, is_told=True)

    async def send_due(self) -> None:
        """Those whose thing has reached its state; those that have waited too long never are. Raises Unavailable."""
        now, last = self._clock.now(), 0
        await self._messages.move_older(MessageState.SENDING, now - KEPT_SENDING, MessageState.UNKNOWN)
        await self._messages.move_older(MessageState.WAITING, now - KEPT_WAITING, MessageState.EXPIRED)
        while waiting := await self._messages.list_waiting(last, AT_ONCE):
            last = waiting[-1].id
            for message in await self._find_due(waiting):
                await self._send(message)

    async def _check_thing(self, user: User, words: MessageWords) -> None:
        watch = self._watches.get(words.module)
        if watch is None:
            raise InvalidInput({"module": ["unknown"]})
        if words.thing_id is None or words.trigger is None:
            raise InvalidInput({"business_id" if words.thing_id is None else "trigger": ["required"]})
        found = (await watch.find_states([words.thing_id])).get(words.thing_id)
        if found is None or found.user_id != user.id:
            raise ThingMissing("thing")

    async def _find_due(self, waiting: list[WechatMessage]) -> list[WechatMessage]:
        due: list[WechatMessage] = []
        for module, watch in self._watches.items():
            some = [one for one in waiting if one.module == module and one.thing_id is not None]
            states = await watch.find_states({one.thing_id for one in some if one.thing_id is not None}) if some else {}
            due += [one for one in some if states.get(one.thing_id or 0, Watched(0, -9)) == Watched(one.user_id, one.trigger or 0)]
        return due

    async def _send(self, message: WechatMessage, *, is_told: bool = False) -> None:
        """`is_told`: what stands in the way is raised."""
        began = self._clock.now()
        if not await self._messages.move(message, MessageState.SENDING, sent_at=began):
            return  # another process sends it
        sending = replace(message, state=MessageState.SENDING)
        user = (await self._users.find_users([message.user_id])).get(message.user_id)
        address = None if user is None else find_address(user, message.channel)
        try:
            if address is None:
                raise NotTaken("no address")
            await self._sender.send(address, message)
        except NotSentYet:
            if is_told:  # who is told so asks again
                await self._messages.move(sending, MessageState.REFUSED, "not reached", began)
                raise Unavailable("wechat") from None
            await self._messages.move(sending, MessageState.WAITING)
            return
        except (NotTaken, MessagesOff) as refused:
            await self._messages.move(sending, MessageState.REFUSED, getattr(refused, "reason", "off"), began)
            if is_told:
                raise
            return
        except Unavailable:
            await self._messages.move(sending, MessageState.UNKNOWN, sent_at=began)
            if is_told:
                raise
            return
        await self._messages.move(sending, MessageState.SENT, sent_at=began)


def find_address(user: User, channel: Channel) -> str | None:
    """WeChat's name of the user there."""
    for identity in user.identities:
        kind, _, name = identity.partition(":")
        if kind in IDENTITIES[channel]:
            return name
    return None

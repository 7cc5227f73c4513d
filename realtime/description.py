"""The live channel's own description (AsyncAPI 3.0): what goes over the socket and the event stream, in both directions."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple, get_args

import msgspec
from msgspec import UNSET, Struct, UnsetType, defstruct

from realtime import codes, protocol
from realtime.socket import LiveSocket
from realtime.stream import MAX_CHANNELS, EventStream
from server.domain.auctions.live import BidView, LotView, Notice
from server.domain.auctions.ops import OpsEntry
from server.domain.auctions.proof.receipts import Receipt

SCHEMAS = "#/components/schemas/"
BEARER = {"$ref": "#/components/securitySchemes/bearer"}

Schema = dict[str, Any]

CLOSE_CODES: dict[int, tuple[str, str]] = {
    codes.GOING_AWAY: ("服务器正在退出：按原因里的 delay_ms 稍后重连", "The server is going away: reconnect after delay_ms of the reason"),
    codes.TOO_SLOW: ("读得太慢：重连并从上次的 cursor 继续", "Read too slowly: reconnect and resume from the last cursor"),
    codes.NO_PONG: ("没有回应 ping：重连", "No pong: reconnect"),
    codes.TOO_MANY_COMMANDS: ("命令过于频繁：稍后重连", "Too many commands: reconnect later"),
    codes.ASKED_NOTHING: ("匿名连接未订阅任何频道：需要时重连", "Nothing was asked for: reconnect when something is wanted"),
    codes.TOO_MANY_SOCKETS: ("连接过多：关闭一些后重连", "Too many sockets: close some, then reconnect"),
    codes.TRY_AGAIN: ("暂时无法核对令牌：稍后重连", "The token cannot be checked now: reconnect later"),
    codes.BAD_TOKEN: ("令牌无效：不要用它重连", "Bad token: do not reconnect with it"),
    codes.BANNED: ("账号已被禁用：不要重连", "The user is banned: do not reconnect"),
    codes.PROTOCOL_ERROR: ("收到的不是命令：不要重连", "That was no command: do not reconnect"),
}


class SomeUser(Struct):
    id: int
    nickname: str


class GroupState(Struct, kw_only=True):
    """`recovered`: `state` holds only the lots that the cursor did not know. `announcement`: an operator's words, where there are any."""

    channel: str
    cursor: str
    recovered: bool
    state: list[LotView]
    announcement: str | UnsetType = UNSET


class GoodsState(Struct, kw_only=True):
    """`bids`: the last 50, newest first; with a cursor that knows the lot, none. `watchers`: how many look at it."""

    channel: str
    cursor: str
    recovered: bool
    state: list[LotView]
    bids: list[BidView]
    watchers: int


class QueueState(Struct, kw_only=True):
    """`state`: as the last event told it; nothing is resumed."""

    channel: str
    cursor: Literal[""]
    recovered: Literal[False]
    state: protocol.QueueEvent


class WatchedState(Struct, kw_only=True):
    """`goods_ids`: the whole watch list, also lots whose sale is over. `recovered`: `state` holds only what the cursor did not know."""

    channel: Literal["watched"]
    cursor: str
    recovered: bool
    state: list[LotView]
    goods_ids: list[int]


class MissedNotices(Struct, kw_only=True):
    """The user's notices after the cursor, oldest first."""

    channel: Literal["me"]
    cursor: str
    recovered: bool
    missed: list[Notice]


class OpsState(Struct, kw_only=True):
    """The newest entries, or those after the cursor."""

    channel: Literal["ops"]
    cursor: str
    recovered: bool
    bids: list[OpsEntry]


STATES: tuple[type[Struct], ...] = (GroupState, GoodsState, QueueState, MissedNotices, WatchedState, OpsState)


class Refusal(Struct, kw_only=True):
    """`error` is for machines, `message` in the listener's language. A refused bid tells how the lot stands, a wrong command its fields."""

    id: int
    ok: Literal[False]
    ts: int
    error: str
    message: str
    current: int | UnsetType = UNSET
    minimum: int | UnsetType = UNSET
    receipt: Receipt | UnsetType = UNSET
    data: dict[str, list[str]] | UnsetType = UNSET


class Farewell(Struct):
    """The event `close` of a stream: the socket's close code and reason."""

    code: int
    reason: str


EVENTS: tuple[type[Struct], ...] = (
    *(protocol.PriceEvent, protocol.LotEvent, protocol.ExtendedEvent, protocol.ActionEvent, protocol.GroupEvent),
    *(protocol.WatchersEvent, protocol.WatchedEvent, protocol.QueueEvent, protocol.StaleEvent, protocol.SignedOutEvent, Notice),
    *(protocol.StatisticsEvent, *get_args(OpsEntry)),
)


class _Told(NamedTuple):
    """A message with its words; `kinds`: the structs that it can be."""

    zh: str
    en: str
    kinds: tuple[Any, ...]


class _Command(NamedTuple):
    """A command with its words, and what is answered."""

    zh: str
    en: str
    kind: type[Struct]
    answers: tuple[type[Struct], ...]
    needs_token: bool = False


def describe_live(placed: type, errors: Sequence[str]) -> bytes:
    """As JSON. `placed`: what is told of an accepted bid; `errors`: the ids of refusals."""
    description = _Description(placed)
    return msgspec.json.encode(description.draw(errors))


class _Description:
    def __init__(self, placed: type):
        user = [("user", SomeUser), ("expires_at", int)]
        bid = [("participation", placed), ("seq", int), ("receipt", Receipt)]
        self._commands = {
            "auth": _Command("登录：用访问令牌", "Signs in with an access token", protocol.Auth, (_reply("SignedIn", user),)),
            "subscribe": _Command(
                "订阅频道；带 cursor 则只补缺失的部分",
                "Subscribes to a channel; with a cursor only what it does not know is told",
                protocol.Subscribe,
                tuple(_reply(f"{state.__name__}Reply", [], state) for state in STATES),
            ),
            "unsubscribe": _Command(
                "退订", "Unsubscribes", protocol.Unsubscribe, (_reply("Unsubscribed", [("channel", str)]),)
            ),
            "bid": _Command("出价", "Places a bid", protocol.PlaceBid, (_reply("BidPlaced", bid),), True),
            "maximum": _Command(
                "修改或取消自动代出价的上限",
                "Changes or cancels the leader's maximum",
                protocol.ChangeMaximum,
                (_reply("MaximumChanged", [("max_price", int | None)]),),
                True,
            ),
            "ping": _Command("探测连接", "Asks whether anybody is there", protocol.Ping, (_reply("Pong", []),)),
        }
        states = tuple(defstruct(f"{state.__name__}Told", [("ts", int)], bases=(state,), kw_only=True) for state in STATES)
        push = defstruct("Push", [("push", list[Any]), ("cursor", dict[str, str]), ("ts", int)])
        self._told = {
            "refusal": _Told("命令未被执行，以及原因", "A command that was refused, and why", (Refusal,)),
            "push": _Told(
                "自上一帧以来的变化，按发生顺序；cursor 用于续传", "What changed since the last frame, in order; cursors to resume from", (push,)
            ),
            "state": _Told("事件流开始时每个频道的状态", "The state of each channel, when a stream begins", states),
            "farewell": _Told("事件流结束的原因", "Why a stream ends", (Farewell,)),
        }
        self._push = push

    def draw(self, errors: Sequence[str]) -> Schema:
        replies = {f"{name}Reply": _Told(one.zh, one.en, one.answers) for name, one in self._commands.items()}
        asked = {name: _Told(one.zh, one.en, (one.kind,)) for name, one in self._commands.items()}
        told = {**asked, **replies, **self._told}
        kinds = [*dict.fromkeys(kind for one in told.values() for kind in one.kinds), *EVENTS]
        _, schemas = msgspec.json.schema_components(kinds, ref_template=SCHEMAS + "{name}")
        _drop_discriminators(schemas)
        schemas["Push"]["properties"]["push"]["items"] = {"anyOf": [_of(kind) for kind in EVENTS]}
        schemas["Refusal"]["properties"]["error"]["enum"] = sorted(errors)
        over_socket = [*asked, *replies, "refusal", "push"]
        return {
            "asyncapi": "3.0.0",
            "info": {"title": "纸钞竞拍 实时频道", "version": "1.0", "description": ABOUT},
            "defaultContentType": "application/json",
            "servers": {
                "socket": {"host": "{host}", "protocol": "wss", "variables": {"host": {"default": "auction.example"}}},
                "stream": {"host": "{host}", "protocol": "https", "variables": {"host": {"default": "auction.example"}}},
            },
            "channels": {
                "socket": {
                    "address": LiveSocket.template,
                    "title": "WebSocket",
                    "description": ABOUT_SOCKET,
                    "servers": [{"$ref": "#/servers/socket"}],
                    "messages": _references(over_socket, "#/components/messages"),
                    "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
                    "x-close-codes": [
                        {"code": code, "reconnect": code < codes.BAD_TOKEN, "zh": zh, "en": en} for code, (zh, en) in CLOSE_CODES.items()
                    ],
                },
                "stream": {
                    "address": EventStream.template,
                    "title": "Server-sent events",
                    "description": ABOUT_STREAM,
                    "servers": [{"$ref": "#/servers/stream"}],
                    "messages": _references(["state", "push", "farewell"], "#/components/messages"),
                },
            },
            "operations": {**self._socket_operations(), **_stream_operations()},
            "components": {
                "schemas": schemas,
                "messages": {name: _message(name, one) for name, one in told.items()},
                "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": ABOUT_TOKEN}},
            },
        }

    def _socket_operations(self) -> Schema:
        operations: Schema = {
            name: {
                "action": "receive",
                "channel": {"$ref": "#/channels/socket"},
                "title": name,
                "summary": f"{one.zh}\n\n{one.en}",
                "messages": [{"$ref": f"#/channels/socket/messages/{name}"}],
                "reply": {
                    "channel": {"$ref": "#/channels/socket"},
                    "messages": [{"$ref": f"#/channels/socket/messages/{answer}"} for answer in (f"{name}Reply", "refusal")],
                },
                **({"security": [BEARER]} if one.needs_token else {}),
            }
            for name, one in self._commands.items()
        }
        return operations | {"push": _sent("socket", "push", self._told["push"])}


def _drop_discriminators(place: Any) -> None:
    """Those of OpenAPI: AsyncAPI has others, and each kind's tag tells it anyway."""
    if isinstance(place, dict):
        if isinstance(place.get("discriminator"), dict):
            del place["discriminator"]
        place = list(place.values())
    for part in place if isinstance(place, list) else ():
        _drop_discriminators(part)


def _stream_operations() -> Schema:
    about_channels = f"逗号分隔，最多 {MAX_CHANNELS} 个\n\nWith commas between, at most {MAX_CHANNELS}"
    channels = {"type": "string", "description": about_channels}
    query = {"type": "object", "required": ["channels"], "properties": {"channels": channels}}
    about = _Told("订阅并读取事件流", "Subscribes, and reads what happens", ())
    whole = _sent("stream", "stream", about, "state", "push", "farewell")
    return {"stream": {**whole, "bindings": {"http": {"method": "GET", "query": query, "bindingVersion": "0.3.0"}}}}


def _sent(channel: str, title: str, about: _Told, *messages: str) -> Schema:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel}"},
        "title": title,
        "summary": f"{about.zh}\n\n{about.en}",
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in messages or (title,)],
    }


def _reply(name: str, facts: list[tuple[str, Any]], base: type[Struct] | None = None) -> type[Struct]:
    """What is told of a command that succeeded, with its number."""
    common: list[tuple[str, Any]] = [("id", int), ("ok", Literal[True]), ("ts", int)]
    return defstruct(name, [*common, *facts], bases=(base,) if base is not None else None, kw_only=True)


def _message(name: str, one: _Told) -> Schema:
    payload = _of(one.kinds[0]) if len(one.kinds) == 1 else {"anyOf": [_of(kind) for kind in one.kinds]}
    return {"name": name, "summary": f"{one.zh}\n\n{one.en}", "payload": payload}


def _of(kind: type) -> Schema:
    return {"$ref": SCHEMAS + kind.__name__}


def _references(names: Iterable[str], place: str) -> Schema:
    return {name: {"$ref": f"{place}/{name}"} for name in names}


ABOUT = (
    "一个连接可订阅任意多个频道；价格均为分，时间均为毫秒。`ts` 是服务器时间，倒计时以它为准。"
    "频道：`group:编号` 一期的全部拍品，`goods:编号` 一件拍品及其出价，`queue:编号` 商城的一个排队叫号，`me` 本人的通知，"
    "`watched` 本人关注的拍品（不分期次）与关注的变化，`ops` 运营人员的出价流水与客服来信。"
    "同一拍品的 `seq` 只增不减，更小的可以忽略。`cursor` 不透明，可在 WebSocket、事件流与 REST 之间通用。\n\n"
    "One connection carries any number of channels; prices are fen, moments are ms. `ts` is the server's clock: count down by it. "
    "Channels: `group:ID` all lots of a group, `goods:ID` one lot and its bids, `queue:ID` a queue of the mall, `me` the user's notices, "
    "`watched` the lots on the user's watch list, of all groups, and what comes onto it or leaves it, "
    "`ops` every bid and what people write, for operators. "
    "A lot's `seq` only rises: ignore what is lower than what you have. A `cursor` is opaque, the same for socket, stream and REST."
)
ABOUT_SOCKET = (
    "JSON 文本帧。每条命令带整数 `id` 与 `op`，答复带同一个 `id`。服务器每 20 秒 ping 一次。浏览器只接受已配置的来源。\n\n"
    "JSON text frames. Each command has an integer `id` and an `op`; its answer has the same `id`. The server pings every 20 s. "
    "Browsers are accepted from the configured origins only."
)
ABOUT_STREAM = (
    "同样的内容，以 server-sent events 发送：`data` 是下面的消息，`id` 是 cursor（多个频道时为 JSON 对象），重连时用 `Last-Event-ID` 送回。\n\n"
    "The same as server-sent events: `data` is a message below, `id` the cursor (of several channels a JSON object of them), to be sent "
    "back as `Last-Event-ID`."
)
ABOUT_TOKEN = (
    "访问令牌：握手或事件流请求的 `Authorization` 头，或 WebSocket 的 `auth` 命令。不接受地址里的令牌。\n\n"
    "An access token: in `Authorization` of the handshake or of the stream's request, or by the socket's `auth`. None is taken from an "
    "address."
)

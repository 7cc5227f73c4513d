"""Frames ↔ messages. Pure."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from server.domain.auctions.goods import ExtendedBy, LotState, LotStatus, Said
from server.domain.auctions.groups import Group
from server.domain.auctions.record import Act
from server.domain.clock import to_ms
from server.domain.events import BidNews, QueueMoved
from server.web.repeated import find_repeated

MAX_COMMAND_BYTES = 16 * 1024
_Id = Annotated[int, Meta(ge=-(2**53), le=2**53, examples=[1])]
_PositiveId = Annotated[int, Meta(ge=1, le=2**53 - 1, examples=[7])]
_Fen = Annotated[int, Meta(ge=0, le=2**53 - 1, examples=[21000])]
_ChannelName = Annotated[str, Meta(max_length=64, examples=["group:7"])]


class Auth(Struct, tag_field="op", tag="auth"):
    id: _Id
    token: Annotated[str, Meta(max_length=4096)]


class Subscribe(Struct, tag_field="op", tag="subscribe"):
    id: _Id
    channel: _ChannelName
    cursor: Annotated[str, Meta(max_length=8192)] | None = None


class Unsubscribe(Struct, tag_field="op", tag="unsubscribe"):
    id: _Id
    channel: _ChannelName


class PlaceBid(Struct, tag_field="op", tag="bid"):
    id: _Id
    goods_id: _PositiveId
    group_id: _PositiveId
    price: _Fen
    max_price: _Fen | None = None
    request_id: Annotated[str, Meta(min_length=1, max_length=128)] | None = None


class ChangeMaximum(Struct, tag_field="op", tag="maximum"):
    """`max_price` null cancels."""

    id: _Id
    goods_id: _PositiveId
    group_id: _PositiveId
    max_price: _Fen | None
    request_id: Annotated[str, Meta(min_length=1, max_length=128)] | None = None


class Ping(Struct, tag_field="op", tag="ping"):
    id: _Id


Command = Auth | Subscribe | Unsubscribe | PlaceBid | ChangeMaximum | Ping
_decode = msgspec.json.Decoder(Command).decode


class _Numbered(Struct):
    id: _Id


_decode_id = msgspec.json.Decoder(_Numbered).decode
_encode = msgspec.json.encode


class NotACommand(Exception):
    """A frame that is no command; `id` is its number if it has one, else the socket is not worth keeping. `problems` by field."""

    def __init__(self, id: int | None, problems: dict[str, list[str]]):
        super().__init__(id, problems)
        self.id = id
        self.problems = problems


def decode_command(frame: str) -> Command:
    """Raises NotACommand."""
    try:
        command, repeated = _decode(frame), find_repeated(frame)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        try:
            raise NotACommand(_decode_id(frame).id, {"op": ["wrong_form"]}) from None
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
            raise NotACommand(None, {"id": ["required"]}) from None
    if repeated:
        raise NotACommand(None if "id" in repeated else command.id, {name: ["given_twice"] for name in sorted(repeated)})
    return command


def reply(id: int, ts: int, **facts: Any) -> bytes:
    return _encode({"id": id, "ok": True, "ts": ts, **facts})


def refusal(id: int, ts: int, error: str, message: str, **facts: Any) -> bytes:
    return _encode({"id": id, "ok": False, "ts": ts, "error": error, "message": message, **facts})


def push(events: Sequence[Any], cursors: dict[str, str], ts: int) -> bytes:
    return _encode({"push": events, "cursor": cursors, "ts": ts})


class PriceEvent(Struct, frozen=True, tag_field="type", tag="price", omit_defaults=True):
    """`extended_by` where the end was moved, by this or before.

    With an `act` it is what an operator did, and who leads after it. `is_proxy`: bid automatically.
    """

    channel: str
    goods_id: int
    group_id: int
    seq: int
    price: int
    user_id: int | None
    nickname: str | None
    at: int
    end_at: int
    extended_by: ExtendedBy | None = None
    act: Act | None = None
    reason: str | None = None
    back_to: int | None = None
    is_proxy: bool = False


class ActionEvent(Struct, frozen=True, tag_field="type", tag="action"):
    """What an operator did to a lot, and why, in words for everyone; how the lot is after it. `at` and `end_at` in ms."""

    channel: str
    goods_id: int
    seq: int
    act: Act
    reason: str
    at: int
    end_at: int
    status: LotStatus
    price: int
    user_id: int | None
    nickname: str | None
    bids: int
    is_paused: bool


class LotEvent(Struct, frozen=True, tag_field="type", tag="lot"):
    channel: str
    goods_id: int
    seq: int
    status: LotStatus
    price: int
    user_id: int | None


class ExtendedEvent(Struct, frozen=True, tag_field="type", tag="extended"):
    channel: str
    goods_id: int
    end_at: int
    extended_by: ExtendedBy | None


class GroupEvent(Struct, frozen=True, tag_field="type", tag="group", omit_defaults=True):
    channel: str
    id: int
    status: int
    start_at: int
    end_at: int
    announcement: str | None = None


class WatchersEvent(Struct, frozen=True, tag_field="type", tag="watchers"):
    channel: str
    goods_id: int
    watchers: int


class QueueEvent(Struct, frozen=True, tag_field="type", tag="queue"):
    """How far a queue is: the number that was called last, and the last that was given out. `status`: 0 open, 1 closed, 2 full.

    Of two the one with the higher `version` is later. A `round` that is another begins anew at number one.
    """

    channel: str
    id: int
    version: int
    name: str
    round: int
    current: int
    given: int
    minutes: int
    status: int

    @classmethod
    def of(cls, moved: QueueMoved) -> QueueEvent:
        return cls(
            f"queue:{moved.queue_id}",
            moved.queue_id,
            moved.version,
            moved.name,
            moved.round,
            moved.current,
            moved.given,
            moved.minutes,
            moved.status,
        )


class StatisticsEvent(Struct, frozen=True, tag_field="type", tag="stats"):
    """How busy the sale is, over all processes: connections, bids accepted in the last second, lots that end within a minute.

    `audit` is red while something stored contradicts itself. `late_ms`: how late the latest process runs, or looks at the database.
    `watchers`: how many look at a lot, of those that anybody looks at.
    """

    channel: str
    sockets: int
    bids_per_second: int
    ending_within_minute: int
    audit: Literal["green", "red"]
    late_ms: int
    watchers: dict[int, int]


class WatchedEvent(Struct, frozen=True, tag_field="type", tag="watched"):
    """The listener has put a lot on their watch list, or taken it off, here or elsewhere."""

    channel: str
    goods_id: int
    is_watched: bool


class StaleEvent(Struct, frozen=True, tag_field="type", tag="stale"):
    """The server cannot reach its database: prices shown may be old; or it can again."""

    channel: str
    stale: bool


class SignedOutEvent(Struct, frozen=True, tag_field="type", tag="token_expired"):
    """The listener's token is no longer good for this channel."""

    channel: str


def price_event(channel: str, state: LotState) -> PriceEvent:
    """A lot's newest price."""
    return PriceEvent(
        channel,
        state.goods_id,
        state.group_id,
        state.seq,
        state.price,
        state.user_id,
        state.nickname,
        to_ms(state.changed_at),
        to_ms(state.end_at),
        state.extended_by,
    )


def bid_event(channel: str, state: LotState, bid: BidNews) -> PriceEvent:
    """One entry of a lot's record: an accepted bid, or what an operator did and who leads after it."""
    told, has_leader = bid.intervention, bid.user_id != 0
    # Where nobody leads, the price is the one to begin with.
    price = bid.price if has_leader or bid.seq != state.seq else state.price
    return PriceEvent(
        channel,
        state.goods_id,
        state.group_id,
        bid.seq,
        price,
        bid.user_id if has_leader else None,
        bid.nickname if has_leader else None,
        to_ms(bid.arrived_at),
        to_ms(state.end_at),
        state.extended_by,
        act=told.act if told is not None else None,
        reason=told.reason if told is not None else None,
        back_to=told.back_to if told is not None else None,
        is_proxy=bid.is_proxy,
    )


def action_event(channel: str, state: LotState, said: Said) -> ActionEvent:
    return ActionEvent(
        channel,
        state.goods_id,
        state.seq,
        said.act,
        said.reason,
        to_ms(said.at),
        to_ms(state.end_at),
        state.status,
        state.price,
        state.user_id,
        state.nickname,
        state.seq - state.acts,
        state.paused_at is not None,
    )


def lot_event(channel: str, state: LotState) -> LotEvent:
    return LotEvent(channel, state.goods_id, state.seq, state.status, state.price, state.user_id)


def extended_event(channel: str, state: LotState) -> ExtendedEvent:
    return ExtendedEvent(channel, state.goods_id, to_ms(state.end_at), state.extended_by)


def group_event(channel: str, group: Group, status: int) -> GroupEvent:
    text = group.announcement.text if group.announcement is not None else None
    return GroupEvent(channel, group.id, status, to_ms(group.start_at), to_ms(group.end_at), text)


class Message:
    """A payload on its way to listeners, framed once for all of them. `cursors`: where they stand after it."""

    __slots__ = ("payload", "cursors", "_frame")

    def __init__(self, payload: bytes, cursors: dict[str, str] | None = None):
        self.payload = payload
        self.cursors = cursors or {}
        self._frame = b""

    @property
    def frame(self) -> bytes:
        """As a websocket frame."""
        if not self._frame:
            self._frame = text_frame(self.payload)
        return self._frame


def push_message(events: Sequence[Any], cursors: dict[str, str], ts: int) -> Message:
    return Message(push(events, cursors, ts), cursors)


def text_frame(payload: bytes) -> bytes:
    """A whole unmasked websocket text frame (RFC 6455, 5.2): the same bytes for every listener."""
    length = len(payload)
    if length < 126:
        return bytes((0x81, length)) + payload
    if length < 65536:
        return b"\x81\x7e" + length.to_bytes(2, "big") + payload
    return b"\x81\x7f" + length.to_bytes(8, "big") + payload


PING_FRAME = b"\x89\x00"

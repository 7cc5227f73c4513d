"""What a listener may ask for, and the answers."""
from __future__ import annotations

import logging
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from realtime import codes, protocol
from realtime.channels import Channel, check_listener, parse_channel
from realtime.hub import Hub
from realtime.session import Session
from server.domain.accounts.claims import Checked
from server.domain.accounts.users import User, UserBanned
from server.domain.auctions.drafts import Placed
from server.domain.clock import to_ms
from server.domain.errors import (
    DomainError,
    InvalidInput,
    NotSignedIn,
    TokenExpired,
    TokenMissing,
    TooMany,
    Unavailable,
)
from server.domain.events import UserSessionsEnded
from server.services import Services
from server.web.dialect import Reply

log = logging.getLogger(__name__)

MAX_SUBSCRIPTIONS = 200


@dataclass(frozen=True)
class Wording:
    """How the documented API names errors and bids, so that the socket says the same."""

    explain: Callable[[Exception, str], tuple[str, str, dict[str, Any]]]  # error, language → id, message, facts
    present_placed: Callable[[Placed], Any]
    reply_failure: Callable[[Exception, str], Reply]


class Commands:
    """Runs one listener's commands in the order they arrive."""

    def __init__(self, services: Services, hub: Hub, wording: Wording):
        self._services = services
        self._hub = hub
        self._wording = wording
        self.recoveries: Counter[tuple[str, bool]] = Counter()  # by kind of channel and whether the cursor was of use

    async def run(self, session: Session, frame: str, now: float) -> None:
        """Answers one frame; closes the socket if it is no command or comes too often."""
        arrived_at = self._services.clock.now()
        if session.wire.is_closed:
            return
        session.heard_at = now
        if not session.spend(now, self._services.config.commands_per_second_per_socket):
            session.wire.close(codes.TOO_MANY_COMMANDS, "too many commands")
            return
        try:
            command = protocol.decode_command(frame)
        except protocol.NotACommand as error:
            if error.id is None:
                session.wire.close(codes.PROTOCOL_ERROR, "not a command")
            else:
                self._refuse(session, error.id, InvalidInput(error.problems))
            return
        try:
            if isinstance(command, protocol.PlaceBid):
                facts = await self._place_bid(session, command, arrived_at)
            elif isinstance(command, protocol.ChangeMaximum):
                facts = await self._change_maximum(session, command, arrived_at)
            elif isinstance(command, protocol.Subscribe):
                facts = await self._subscribe(session, command)
            elif isinstance(command, protocol.Unsubscribe):
                facts = self._unsubscribe(session, command)
            elif isinstance(command, protocol.Auth):
                facts = await self.sign_in(session, command.token)
            else:
                facts = {}
        except Exception as error:
            if not isinstance(error, DomainError):
                log.exception("command failed", extra={"op": type(command).__name__})
            self._refuse(session, command.id, error)
            self._close_after(session, command, error)
        else:
            self._send(session, protocol.reply(command.id, self._ts(), **facts))

    async def sign_in(self, session: Session, token: str) -> dict[str, Any]:
        """Binds the token's user to the listener. Raises NotSignedIn, UserBanned, TooMany."""
        checked = await self._services.accounts.tokens.check(token)
        others = [one for one in self._hub.sessions_of(checked.user.id) if one is not session]
        if len(others) >= self._services.config.sockets_per_user:
            raise TooMany()
        if session.user is not None and session.user.id != checked.user.id:
            self.sign_out(session)
        _bind(session, checked)
        self._hub.identify(session)
        try:
            # Asks nobody, unless something of the user's ended while the listener was not among those who are told.
            await self._follow(session, token)
        except DomainError:
            self.sign_out(session)
            raise
        user = {"id": checked.user.id, "nickname": checked.user.nickname}
        return {"user": user, "expires_at": to_ms(checked.claims.expires_at)}

    def sign_out(self, session: Session) -> None:
        """Ends what needs the token: personal channels and bidding."""
        for channel in [channel for channel in session.channels.values() if channel.is_personal]:
            self._hub.unsubscribe(session, channel)
            self._send(session, protocol.push([protocol.SignedOutEvent(channel.name)], {}, self._ts()))
        self._hub.forget_user(session)
        session.login = session.user = session.token = session.login_id = session.expires_at = None

    async def check_again(self, session: Session) -> None:
        """Goes on under what the session's token was refreshed to; ends what needs it if it is no longer good."""
        token = session.token
        if token is None:
            return
        try:
            await self._follow(session, token)
        except UserBanned:
            session.wire.close(codes.BANNED, "banned")
        except NotSignedIn:
            if session.token == token:
                self.sign_out(session)
        except DomainError:
            log.info("tokens of listeners cannot be checked now")
        if session.expires_at is not None and self._services.clock.now() >= session.expires_at:
            self.sign_out(session)

    def end_sessions(self, event: UserSessionsEnded) -> None:
        """Tokens of a user are no longer good."""
        for session in self._hub.sessions_of(event.user_id):
            if event.is_banned:
                session.wire.close(codes.BANNED, "banned")
            elif event.ends(session.login_id):
                self.sign_out(session)

    async def _follow(self, session: Session, token: str) -> User:
        """The user of that token of the session, or of what it was refreshed to. Raises NotSignedIn, UserBanned, Unavailable."""
        checked = await self._services.accounts.tokens.follow(token)
        if session.token == token:
            _bind(session, checked)
        return checked.user

    async def _place_bid(self, session: Session, command: protocol.PlaceBid, arrived_at: Any) -> dict[str, Any]:
        placed = await self._services.auctions.bids.place_bid(
            await self._check_bidder(session),
            command.group_id,
            command.goods_id,
            command.price,
            max_price=command.max_price,
            key=command.request_id,
            arrived_at=arrived_at,
            request_id=uuid.uuid4().hex,
        )
        return {"participation": self._wording.present_placed(placed), "seq": placed.seq, "receipt": placed.receipt}

    async def _change_maximum(self, session: Session, command: protocol.ChangeMaximum, arrived_at: Any) -> dict[str, Any]:
        max_price = await self._services.auctions.bids.change_maximum(
            await self._check_bidder(session),
            command.group_id,
            command.goods_id,
            command.max_price,
            key=command.request_id,
            arrived_at=arrived_at,
            request_id=uuid.uuid4().hex,
        )
        return {"max_price": max_price}

    async def _check_bidder(self, session: Session) -> User:
        """Who the socket's token signs in now. Raises NotSignedIn, UserBanned, Unavailable."""
        if session.token is None:
            raise TokenMissing()
        user = await self._follow(session, session.token)
        if session.wire.is_closed:
            raise Unavailable("listener")  # what nobody would be told of is not done
        return user

    async def _subscribe(self, session: Session, command: protocol.Subscribe) -> dict[str, Any]:
        return await self.open_channel(session, command.channel, command.cursor)

    async def open_channel(self, session: Session, name: str, cursor: str | None) -> dict[str, Any]:
        """Subscribes; gives the first state. Raises InvalidInput, TokenMissing, NotAllowed, NotFound, TooMany, Unavailable."""
        channel = parse_channel(name)
        check_listener(channel, session.login)
        if len(session.channels) >= MAX_SUBSCRIPTIONS and channel.name not in session.channels:
            raise TooMany()
        # Listening begins before the state is read: a change meanwhile is sent, not lost.
        is_new = channel.name not in session.channels
        self._hub.subscribe(session, channel)
        try:
            facts = await self._first_state(session, channel, cursor)
        except BaseException:
            if is_new:
                self._hub.unsubscribe(session, channel)
            raise
        check_listener(channel, session.login)  # signed out meanwhile: what was read is not for them any more
        if cursor:
            self.recoveries[channel.kind, facts["recovered"]] += 1
        return {"channel": channel.name, **facts}

    async def _first_state(self, session: Session, channel: Channel, cursor: str | None) -> dict[str, Any]:
        live = self._services.auctions.live
        if channel.kind == "group":
            snapshot = await live.get_group(channel.number, cursor)
            facts = {"cursor": snapshot.cursor, "recovered": snapshot.recovered, "state": snapshot.state}
            return facts if snapshot.announcement is None else {**facts, "announcement": snapshot.announcement}
        if channel.kind == "goods":
            snapshot = await live.get_goods(channel.number, cursor)
            watchers = self._hub.count_watchers(channel.number)
            facts = {"cursor": snapshot.cursor, "recovered": snapshot.recovered, "state": snapshot.state}
            return {**facts, "bids": snapshot.bids, "watchers": watchers}
        if channel.kind == "ops":
            stream = self._hub.begin_stream(session, channel.name, channel.name)
            newest = await self._services.auctions.ops.list_missed(cursor)
            stream.resume(newest.cursor)
            return {"cursor": newest.cursor.encode(), "recovered": newest.recovered, "bids": newest.entries}
        assert session.user is not None
        stream = self._hub.begin_stream(session, channel.name, f"me:{session.user.id}")
        missed = await live.list_missed(session.user.id, cursor)
        stream.resume(missed.cursor)
        return {"cursor": missed.cursor.encode(), "recovered": missed.recovered, "missed": missed.notices}

    def _unsubscribe(self, session: Session, command: protocol.Unsubscribe) -> dict[str, Any]:
        channel = parse_channel(command.channel)
        self._hub.unsubscribe(session, channel)
        return {"channel": channel.name}

    def _close_after(self, session: Session, command: protocol.Command, error: Exception) -> None:
        if isinstance(error, UserBanned):
            session.wire.close(codes.BANNED, "banned")
        elif isinstance(command, protocol.Auth) and isinstance(error, NotSignedIn) and not isinstance(error, TokenExpired):
            session.wire.close(codes.BAD_TOKEN, "bad token")
        elif isinstance(error, NotSignedIn) and session.user is not None:
            self.sign_out(session)

    def _refuse(self, session: Session, id: int, error: Exception) -> None:
        name, message, facts = self._wording.explain(error, session.language)
        self._send(session, protocol.refusal(id, self._ts(), name, message, **facts))

    def _send(self, session: Session, payload: bytes) -> None:
        session.wire.send(protocol.Message(payload))

    def _ts(self) -> int:
        return to_ms(self._services.clock.now())


def _bind(session: Session, checked: Checked) -> None:
    session.login, session.user = checked, checked.user
    session.token, session.login_id = checked.token, checked.claims.login_id
    session.expires_at = checked.claims.expires_at

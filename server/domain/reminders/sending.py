"""Sending: each reminder at most once.

It is marked as handed over before it is, and what has no answer is not sent again: a person would rather miss a word than hear it
twice. What WeChat says it did not take is tried again.
"""
from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.accounts.users import User, UserStore
from server.domain.auctions.goods import Lot, LotStore
from server.domain.clock import Clock
from server.domain.errors import DomainError, Unavailable
from server.domain.moments import SHANGHAI
from server.domain.reminders.reach import Reach, ReachStore
from server.domain.reminders.reminders import Because, Kind, Reminder, ReminderStore, State, Verdict, judge

log = logging.getLogger(__name__)

AT_ONCE = 10
DUE_AT_ONCE = 200
MOST_TRIES = 8
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=5)
FORGOTTEN_AFTER = timedelta(seconds=60)  # longer than WeChat is waited for


class NoGrant(DomainError):
    """The person has granted no message of that kind, or taken the grant back."""


class NotTaken(DomainError):
    """WeChat did not take the message now; nothing was sent."""


class QuotaSpent(DomainError):
    """WeChat takes no more messages today."""


class MessageRefused(DomainError):
    """WeChat will never take this message. `answer` is what it said."""

    def __init__(self, answer: str):
        super().__init__(answer)
        self.answer = answer


class Message(Struct, frozen=True):
    """What is said: of which lot, at which price (fen), and when it ends or ended."""

    kind: Kind
    goods_id: int
    sn: str
    price: int
    end_at: datetime

    @classmethod
    def of(cls, kind: Kind, lot: Lot) -> Message:
        return cls(kind, lot.id, lot.sn, lot.current_price, lot.end_at)


class Messenger(Protocol):
    """Brings messages to people. `templates` has the kinds that it can bring."""

    templates: Mapping[Kind, str]

    def find_address(self, user: User) -> str | None:
        """None for who cannot be reached by it."""

    async def send(self, address: str, message: Message) -> None:
        """Raises NoGrant, NotTaken, QuotaSpent and MessageRefused; Unavailable where nobody knows whether it was sent."""


class SandboxMessenger:
    """Implements Messenger where there is no WeChat: what would be sent stands in the log."""

    templates: Mapping[Kind, str] = {kind: f"sandbox-{kind.value}" for kind in Kind}

    def __init__(self) -> None:
        log.warning("message sandbox: without WECHAT_APPID subscribe messages are not sent; the log has them")

    def find_address(self, user: User) -> str | None:
        return f"user {user.id}"

    async def send(self, address: str, message: Message) -> None:
        log.info("message sandbox: to %s, %s of lot %s", address, message.kind.value, message.sn)


class Sending:
    """Of one process; of several that try at once each reminder is sent by one."""

    def __init__(
        self, reminders: ReminderStore, reaches: ReachStore, lots: LotStore, users: UserStore, messenger: Messenger, clock: Clock
    ):
        self._reminders = reminders
        self._reaches = reaches
        self._lots = lots
        self._users = users
        self._messenger = messenger
        self._clock = clock
        self._quota_until: datetime | None = None  # set while WeChat takes nothing for the rest of the day

    async def send_due(self) -> None:
        """Raises Unavailable if the database is away."""
        now = self._clock.now()
        for forgotten in await self._reminders.list_handed_over(now - FORGOTTEN_AFTER):
            await self._save(forgotten, state=State.UNKNOWN, because=Because.NO_ANSWER)
        while due := await self._reminders.list_due(now, DUE_AT_ONCE):
            lots = {lot.id: lot for lot in await self._lots.list_lots_by_id([one.goods_id for one in due])}
            reaches = await self._reaches.find_reaches([one.user_id for one in due])
            good = []
            for one in due:
                verdict = self._judge(one, lots.get(one.goods_id), reaches.get(one.user_id), now)
                if verdict.is_good:
                    good.append(one)
                else:
                    await self._put_off(one, verdict)
            for start in range(0, len(good), AT_ONCE):
                await asyncio.gather(*(self._send(one, lots[one.goods_id]) for one in good[start : start + AT_ONCE]))

    def _judge(self, reminder: Reminder, lot: Lot | None, reach: Reach | None, now: datetime) -> Verdict:
        if lot is None:
            return Verdict(Because.TAKEN_BACK)
        if reach is None:
            return Verdict(Because.NO_GRANT)
        verdict = judge(reminder, lot, reach.quiet, now)
        if verdict.is_good and self._quota_until is not None and now < self._quota_until:
            return Verdict(Because.QUOTA, self._quota_until)
        return verdict

    async def _put_off(self, reminder: Reminder, verdict: Verdict) -> None:
        if verdict.until is None:
            await self._save(reminder, state=State.NOT_SENT, because=verdict.because)
        else:
            await self._save(reminder, because=verdict.because, due_at=verdict.until)

    async def _send(self, reminder: Reminder, lot: Lot) -> None:
        user = (await self._users.find_users([reminder.user_id])).get(reminder.user_id)
        address = self._messenger.find_address(user) if user is not None else None
        if address is None:
            await self._save(reminder, state=State.NOT_SENT, because=Because.NO_WECHAT)
            return
        now = self._clock.now()
        sending = await self._save(reminder, state=State.SENDING, because=Because.NONE, sent_at=now, tries=reminder.tries + 1)
        if sending is None:
            return  # another process has it
        if not await self._reaches.take_grant(reminder.user_id, reminder.kind):
            await self._save(sending, state=State.NOT_SENT, because=Because.NO_GRANT, sent_at=None)
            return
        await self._hand_over(sending, address, Message.of(reminder.kind, lot))

    async def _hand_over(self, sending: Reminder, address: str, message: Message) -> None:
        try:
            await self._messenger.send(address, message)
        except NoGrant:
            await self._reaches.drop_grants(sending.user_id, sending.kind)
            await self._save(sending, state=State.NOT_SENT, because=Because.NO_GRANT, sent_at=None)
        except MessageRefused as error:
            await self._reaches.give_back_grant(sending.user_id, sending.kind)
            await self._save(sending, state=State.NOT_SENT, because=Because.REFUSED, sent_at=None, answer=error.answer)
        except QuotaSpent:
            await self._reaches.give_back_grant(sending.user_id, sending.kind)
            self._quota_until = _next_midnight(self._clock.now())
            log.warning("WeChat takes no more messages until %s", self._quota_until.isoformat())
            await self._wait(sending, Because.QUOTA, self._quota_until)
        except NotTaken:
            await self._reaches.give_back_grant(sending.user_id, sending.kind)
            if sending.tries < MOST_TRIES:
                await self._wait(sending, Because.AWAY, self._clock.now() + pause_after(sending.tries))
            else:
                await self._save(sending, state=State.NOT_SENT, because=Because.AWAY, sent_at=None)
        except Unavailable:
            await self._save(sending, state=State.UNKNOWN, because=Because.NO_ANSWER)
        else:
            await self._save(sending, state=State.SENT)

    async def _wait(self, sending: Reminder, because: Because, until: datetime) -> None:
        await self._save(sending, state=State.WAITING, because=because, due_at=until, sent_at=None)

    async def _save(self, before: Reminder, **changes: Any) -> Reminder | None:
        """As it is then; None if somebody changed it since it was read."""
        after = replace(before, revision=before.revision + 1, **changes)
        return after if await self._reminders.save(before, after) else None


def pause_after(tries: int) -> timedelta:
    return min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE)


def _next_midnight(now: datetime) -> datetime:
    """When WeChat counts from nothing again."""
    there = now.astimezone(SHANGHAI) + timedelta(days=1)
    return there.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)

"""Queues: members take numbers, the staff calls them one after the other, and everybody who waits sees how far it is."""
from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

from msgspec import Meta, Struct
from msgspec.structs import replace

from server.domain.accounts.profiles import PHONE
from server.domain.accounts.users import User
from server.domain.changes import Cause as Reason
from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput, NotFound
from server.domain.events import Publisher, QueueMoved
from server.domain.nouns import (
    Action,
    Id,
    Noun,
    NounService,
    NounStore,
    NumberId,
    Revision,
    about,
)
from server.domain.transactions import Contended, Transaction, Transactions

MOST_NUMBERS = 1_000_000
MOST_MINUTES = 24 * 60
MOST_OWN = 200


class QueueMissing(NotFound):
    """There is no such queue."""


class QueueClosed(Conflict):
    """No numbers are given out there now."""


class QueueFull(Conflict):
    """All its numbers are given out."""


class NobodyWaits(Conflict):
    """Nobody is left to be called, or to be done with."""


class QueueStatus(int, Enum):
    """As the document numbers them."""

    OPEN = 0
    CLOSED = 1
    FULL = 2


class TicketState(int, Enum):
    """As the document numbers them."""

    WAITING = 0
    CALLED = 1
    SERVED = 2
    PASSED = 3


STATE_LABELS = {
    TicketState.WAITING: ("排队中", "Waiting"),
    TicketState.CALLED: ("受理中", "Called"),
    TicketState.SERVED: ("已处理", "Served"),
    TicketState.PASSED: ("已过号", "Passed over"),
}
ACTIVE = (TicketState.WAITING, TicketState.CALLED)

Name = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"\S")]


class QueueTerms(Struct, frozen=True, kw_only=True):
    """`most`: how many numbers are given out until it begins anew; zero does not limit them."""

    name: Annotated[Name, about("名称", "Name")]
    minutes: Annotated[int, Meta(ge=0, le=MOST_MINUTES), about("每号分钟数", "Minutes a number")] = 5
    most: Annotated[int, Meta(ge=0, le=MOST_NUMBERS), about("最多取号", "Most numbers")] = 0
    is_open: Annotated[bool, about("开放取号", "Open")] = True


class Queue(QueueTerms, frozen=True, kw_only=True):
    """`given` and `current`: the last number that was given out and the one that was called last. `round` counts the beginnings."""

    id: NumberId
    revision: Revision = 0
    given: Annotated[int, about("已取号", "Given out")] = 0
    current: Annotated[int, about("当前叫号", "Called last")] = 0
    round: Annotated[int, about("轮次", "Round")] = 1
    moves: Annotated[int, about("变动次数", "Moves")] = 0  # how often one of these changed

    @property
    def status(self) -> QueueStatus:
        if not self.is_open:
            return QueueStatus.CLOSED
        return QueueStatus.FULL if self.most and self.given >= self.most else QueueStatus.OPEN

    def check_open(self) -> None:
        """Raises QueueClosed and QueueFull."""
        if self.status is QueueStatus.CLOSED:
            raise QueueClosed()
        if self.status is QueueStatus.FULL:
            raise QueueFull()

    def moved(self, *, given: int | None = None, current: int | None = None) -> Queue:
        return replace(
            self,
            given=self.given if given is None else given,
            current=self.current if current is None else current,
            moves=self.moves + 1,
        )

    def begun_anew(self) -> Queue:
        """From number one again."""
        return replace(self, given=0, current=0, round=self.round + 1, moves=self.moves + 1)

    def told(self) -> QueueMoved:
        """How it is now; of two, the one with the higher version is later."""
        return QueueMoved(
            queue_id=self.id,
            version=self.revision + self.moves,
            name=self.name,
            round=self.round,
            current=self.current,
            given=self.given,
            minutes=self.minutes,
            status=self.status.value,
        )


class Ticket(Struct, frozen=True, kw_only=True):
    """One member's number in one round of a queue."""

    id: NumberId
    revision: Revision = 1
    queue_id: Annotated[int, about("队列", "Queue", refers_to="mall.queues")]
    round: Annotated[int, about("轮次", "Round")]
    number: Annotated[int, about("号码", "Number")]
    user_id: Annotated[int, about("会员", "Member", refers_to="mall.members")]
    mobile: Annotated[str, about("手机号", "Mobile")] = ""
    state: Annotated[TicketState, about("状态", "State", labels=STATE_LABELS)] = TicketState.WAITING
    taken_at: Annotated[datetime, about("取号时间", "Taken at")]
    called_at: Annotated[datetime | None, about("叫号时间", "Called at")] = None
    ended_at: Annotated[datetime | None, about("结束时间", "Ended at")] = None

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE

    def called(self, now: datetime) -> Ticket:
        return replace(self, state=TicketState.CALLED, called_at=now, ended_at=None, revision=self.revision + 1)

    def ended(self, state: TicketState, now: datetime) -> Ticket:
        return replace(self, state=state, ended_at=now, revision=self.revision + 1)


class QueueStore(NounStore[Queue], Protocol):
    """Where queues are kept."""

    async def find_within(self, id: int, within: Transaction) -> Queue | None: ...

    async def move(self, before: Queue, after: Queue, within: Transaction) -> bool:
        """Its numbers; False if it has moved meanwhile."""


class TicketStore(NounStore[Ticket], Protocol):
    """Where tickets are kept."""

    async def find_within(self, id: int, within: Transaction) -> Ticket | None: ...

    async def find_active(self, queue: Queue, user_id: int, within: Transaction) -> Ticket | None:
        """The member's in this round that waits or was called."""

    async def find_next(self, queue: Queue, within: Transaction) -> Ticket | None:
        """The lowest number that waits in this round."""

    async def list_called(self, queue: Queue, within: Transaction) -> list[Ticket]:
        """Those of this round that are being served."""

    async def pass_over(self, queue: Queue, now: datetime, within: Transaction) -> None:
        """All of this round that wait or were called."""

    async def list_own(
        self, user_id: int, queue_id: int | None, states: tuple[TicketState, ...] | None, most: int
    ) -> list[Ticket]:
        """The newest first."""


class QueueService:
    """Members in queues."""

    def __init__(self, queues: QueueStore, tickets: TicketStore, transactions: Transactions, publisher: Publisher, clock: Clock):
        self._queues = queues
        self._tickets = tickets
        self._transactions = transactions
        self._publisher = publisher
        self._clock = clock

    async def list_queues(self, status: QueueStatus | None = None) -> list[Queue]:
        return [one for one in await self._queues.list_all("id") if status in (None, one.status)]

    async def get_queue(self, queue_id: int) -> Queue:
        """Raises QueueMissing."""
        found = await self._queues.find(queue_id)
        if found is None:
            raise QueueMissing("queue")
        return found

    async def take_number(self, member: User, queue_id: int, mobile: str) -> Ticket:
        """The next one; who waits there keeps theirs. Raises InvalidInput, QueueMissing, QueueClosed, QueueFull and Contended."""
        if mobile and not PHONE.fullmatch(mobile):
            raise InvalidInput({"mobile": ["wrong_form"]})
        ticket_id = await self._tickets.next_id()

        async def work(within: Transaction) -> tuple[Ticket, Queue | None]:
            queue = await self._queues.find_within(queue_id, within)
            if queue is None:
                raise QueueMissing("queue")
            own = await self._tickets.find_active(queue, member.id, within)
            if own is not None:
                return own, None
            queue.check_open()
            after = queue.moved(given=queue.given + 1)
            if not await self._queues.move(queue, after, within):
                raise Contended()
            taken = Ticket(
                id=ticket_id,
                queue_id=queue.id,
                round=queue.round,
                number=after.given,
                user_id=member.id,
                mobile=mobile,
                taken_at=self._clock.now(),
            )
            await self._tickets.add(taken, None, within)
            return taken, after

        ticket, moved = await self._transactions.run(work, (queue_of(queue_id),))
        if moved is not None:
            self._publisher.publish(moved.told())
        return ticket

    async def list_own(
        self, member: User, queue_id: int | None, states: tuple[TicketState, ...] | None
    ) -> list[tuple[Ticket, Queue]]:
        """The newest first, each with its queue as it is now."""
        tickets = await self._tickets.list_own(member.id, queue_id, states, MOST_OWN)
        queues = {one.id: one for one in await self._queues.list_all("id")} if tickets else {}
        return [(one, queues[one.queue_id]) for one in tickets if one.queue_id in queues]


def queue_of(queue_id: int) -> str:
    """What a transaction is about that moves it."""
    return f"queue:{queue_id}"


class QueueDesk(NounService[Queue]):
    """The staff at a queue. What is called is written, and then everybody is told."""

    def __init__(self, queues: QueueStore, tickets: TicketStore, transactions: Transactions, publisher: Publisher, clock: Clock):
        super().__init__(QUEUES, queues, clock)
        self._queues = queues
        self._tickets = tickets
        self._transactions = transactions
        self._publisher = publisher

    async def act(
        self, id: Id, verb: str, cause: Reason, apply: Callable[[Queue], Awaitable[Queue]], *, revision: int | None = None
    ) -> Queue:
        """As every noun's; who looks at the queue is told."""
        changed = await super().act(id, verb, cause, apply, revision=revision)
        self._publisher.publish((await self.get(id)).told())
        return changed

    async def call_next(self, queue_id: Id, cause: Reason) -> Queue:
        """Who was called before is served, the next number is called. Raises NotFound and NobodyWaits."""

        async def call(queue: Queue, within: Transaction) -> Queue:
            now, following = self._clock.now(), await self._tickets.find_next(queue, within)
            if following is None:
                raise NobodyWaits()
            await self._end_called(queue, now, within)
            await self._save(following, following.called(now), within)
            return queue.moved(current=following.number)

        return await self._move(queue_id, "call-next", cause, call)

    async def finish_current(self, queue_id: Id, cause: Reason) -> Queue:
        """Who was called is served; nobody else is called yet. Raises NotFound and NobodyWaits."""

        async def finish(queue: Queue, within: Transaction) -> Queue:
            if not await self._end_called(queue, self._clock.now(), within):
                raise NobodyWaits()
            return queue.moved()

        return await self._move(queue_id, "finish", cause, finish)

    async def begin_anew(self, queue_id: Id, cause: Reason) -> Queue:
        """From number one; who waits still is passed over. Raises NotFound."""

        async def begin(queue: Queue, within: Transaction) -> Queue:
            await self._tickets.pass_over(queue, self._clock.now(), within)
            return queue.begun_anew()

        return await self._move(queue_id, "begin-anew", cause, begin)

    async def _move(
        self, queue_id: Id, verb: str, cause: Reason, apply: Callable[[Queue, Transaction], Awaitable[Queue]]
    ) -> Queue:
        assert isinstance(queue_id, int)

        async def work(within: Transaction) -> Queue:
            before = await self._queues.find_within(queue_id, within)
            if before is None:
                raise NotFound(self.noun.name)
            after = await apply(before, within)
            if not await self._queues.move(before, after, within):
                raise Contended()
            after = replace(after, revision=before.revision + 1)
            if not await self._queues.save(before, after, self.entry(verb, before, after, cause), within):
                raise Contended()
            return after

        after = await self._transactions.run(work, (queue_of(queue_id),))
        self._publisher.publish(after.told())
        return after

    async def _end_called(self, queue: Queue, now: datetime, within: Transaction) -> bool:
        called = await self._tickets.list_called(queue, within)
        for one in called:
            await self._save(one, one.ended(TicketState.SERVED, now), within)
        return bool(called)

    async def _save(self, before: Ticket, after: Ticket, within: Transaction) -> None:
        if not await self._tickets.save(before, after, None, within):
            raise Contended()


class TicketDesk(NounService[Ticket]):
    """The staff's work on single numbers."""

    def __init__(self, tickets: TicketStore, clock: Clock):
        super().__init__(TICKETS, tickets, clock)

    async def pass_ticket(self, ticket_id: Id, cause: Reason) -> Ticket:
        """They did not come when they were called. Raises NotFound, NobodyWaits and ChangedMeanwhile."""
        return await self._end(ticket_id, "pass", TicketState.PASSED, cause)

    async def serve_ticket(self, ticket_id: Id, cause: Reason) -> Ticket:
        """Out of turn, or after all. Raises NotFound, NobodyWaits and ChangedMeanwhile."""
        return await self._end(ticket_id, "serve", TicketState.SERVED, cause)

    async def _end(self, ticket_id: Id, verb: str, state: TicketState, cause: Reason) -> Ticket:
        async def end(before: Ticket) -> Ticket:
            if not before.is_active and (before.state, state) != (TicketState.PASSED, TicketState.SERVED):
                raise NobodyWaits()
            return before.ended(state, self._clock.now())

        return await self.act(ticket_id, verb, cause, end)


QUEUES = Noun(
    area="mall",
    name="queues",
    zh="排队队列",
    en="Queues",
    made=Queue,
    terms=QueueTerms,
    sorted=("id", "name", "current", "given"),
    filtered=("is_open",),
    is_kept=True,  # tickets name it
    raises=(NobodyWaits,),
    actions=(
        Action("call-next", "叫下一号", "Call the next number", QueueDesk.call_next),
        Action("finish", "当前号完成", "Finish the current number", QueueDesk.finish_current),
        Action("begin-anew", "重新开始", "Begin anew", QueueDesk.begin_anew, needs_reason=True),
    ),
)

TICKETS = Noun(
    area="mall",
    name="tickets",
    zh="排队号",
    en="Queue numbers",
    made=Ticket,
    label="number",
    searched=("mobile",),
    sorted=("id", "number", "taken_at"),
    filtered=("queue_id", "user_id", "state", "number", "round", "taken_at"),
    order=("-id",),
    is_kept=True,
    raises=(NobodyWaits,),
    actions=(
        Action("serve", "完成", "Served", TicketDesk.serve_ticket),
        Action("pass", "过号", "Pass over", TicketDesk.pass_ticket),
    ),
)

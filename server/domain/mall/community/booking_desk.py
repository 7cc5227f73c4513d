"""The staff's desk for bookings: who was there, and who is not coming."""
from __future__ import annotations

from collections.abc import Callable

from server.domain.changes import Cause as Reason
from server.domain.clock import Clock
from server.domain.errors import NotFound
from server.domain.mall.community.activities import Booking, BookingOver
from server.domain.mall.community.bookings import BookingStore, Books
from server.domain.mall.ledger import TooMuch
from server.domain.nouns import Action, Id, Noun, NounService
from server.domain.transactions import Transaction, Transactions


class BookingDesk(NounService[Booking]):
    """The staff's work on bookings. Each change, its entry in the log and all that belongs to it are written together."""

    def __init__(self, bookings: BookingStore, books: Books, transactions: Transactions, clock: Clock):
        super().__init__(BOOKINGS, bookings, clock)
        self._bookings = bookings
        self._books = books
        self._transactions = transactions

    async def finish_booking(self, booking_id: Id, cause: Reason) -> Booking:
        """They were there. Raises NotFound and BookingOver."""
        return await self._turn(booking_id, "finish", cause, lambda before: before.done(self._clock.now()))

    async def cancel_booking(self, booking_id: Id, cause: Reason) -> Booking:
        """The place is free again, and what was paid for it goes back. Raises NotFound and BookingOver."""
        return await self._turn(booking_id, "cancel", cause, lambda before: before.cancelled(self._clock.now()))

    async def _turn(self, booking_id: Id, verb: str, cause: Reason, apply: Callable[[Booking], Booking]) -> Booking:
        assert isinstance(booking_id, int)

        async def work(within: Transaction) -> Booking:
            before = await self._bookings.find_within(booking_id, within)
            if before is None:
                raise NotFound(self.noun.name)
            after = apply(before)
            await self._books.save(before, after, self.entry(verb, before, after, cause), within)
            return after

        return await self._transactions.run(work)


BOOKINGS = Noun(
    area="mall",
    name="bookings",
    zh="报名记录",
    en="Bookings",
    made=Booking,
    label="id",
    searched=("remark",),
    sorted=("id", "booked_at", "paid_at"),
    filtered=("activity_id", "user_id", "team_id", "state", "booked_at"),
    order=("-id",),
    is_kept=True,
    raises=(BookingOver, TooMuch),
    actions=(
        Action("finish", "完成", "Finish", BookingDesk.finish_booking),
        Action("cancel", "取消并退款", "Cancel and give back", BookingDesk.cancel_booking, needs_reason=True),
    ),
)

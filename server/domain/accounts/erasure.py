"""Deleting users: everything that tells who they were goes; their bids stay, with the name withheld.

The user's document is emptied first, in one write: from then on nobody can sign in as them. Then the name is taken out of the
lots, the record and the refusals. A bid that was on its way at that moment may still bring it there, so it is taken out once
more after a while; only then is the erasure finished. One that was interrupted goes on at the next start.
"""
from __future__ import annotations

import contextlib
import logging
from datetime import datetime, timedelta
from typing import Protocol

from server.domain.accounts.addresses import AddressStore
from server.domain.accounts.avatars import AvatarStore
from server.domain.accounts.directory import DirectoryService, NotOnYourself
from server.domain.accounts.tokens import TokenService
from server.domain.accounts.users import User
from server.domain.clock import Stamp, Stamps
from server.domain.errors import NotFound
from server.domain.events import UserSessionsEnded
from server.domain.rounds import Rounds

log = logging.getLogger(__name__)

DELETED_NAME = "已注销用户"
BIDS_ARRIVE_WITHIN = timedelta(seconds=15)  # an accepted bid is in the record by then, or comes from the lot's own outbox
ROUND_SECONDS = 30.0


class ErasureStore(Protocol):
    """What deleting a user changes."""

    async def empty_user(self, user_id: int, name: str, now: datetime) -> None:
        """Leaves the number, the name given, and the identities that keep the username taken. Raises NotFound."""

    async def list_merged(self, user_id: int) -> list[int]:
        """The log-ins that had become theirs, as far as these are not deleted."""

    async def list_unfinished(self) -> list[User]:
        """Deleted users whose name may still stand somewhere."""

    async def withhold_name(self, user_id: int, name: str, stamp: Stamp) -> None:
        """Puts that name in place of the user's in lots, outboxes, the record, the refusals, and after the sale. May be repeated."""

    async def forget_shopping(self, user_id: int) -> None:
        """Removes what the mall and the auction keep of who they were; where something is sent to that is paid, once it is sent."""

    async def forget_sent(self) -> None:
        """Removes where things of deleted users were sent to, of what has been sent meanwhile."""

    async def forget_reminders(self, user_id: int) -> None:
        """What they granted and wished, and what they were told."""

    async def forget_watchlist(self, user_id: int) -> None: ...

    async def note_finished(self, user_id: int) -> None: ...


class ErasureService:
    """Deletes users, and finishes what another process began."""

    def __init__(
        self,
        erasures: ErasureStore,
        addresses: AddressStore,
        avatars: AvatarStore,
        directory: DirectoryService,
        tokens: TokenService,
        moments: Stamps,
    ):
        self._erasures = erasures
        self._addresses = addresses
        self._avatars = avatars
        self._directory = directory
        self._tokens = tokens
        self._moments = moments
        self._rounds = Rounds("erasing", self.finish, ROUND_SECONDS)

    async def delete_user(self, caller: User, name: str) -> None:
        """Ends the user's sessions and sockets at once. Raises NotFound, NotOnYourself."""
        user = await self._directory.get_user(name)
        if user.id == caller.id:
            raise NotOnYourself()
        await self._delete(user)

    async def leave(self, caller: User) -> None:
        """Deletes who asks for it. Raises NotFound, and NotOnYourself for operators: another of them does it."""
        if caller.is_operator:
            raise NotOnYourself()
        await self._delete(caller)

    async def finish(self) -> int:
        """Takes every erasure as far as it can go now; how many are left. Raises Unavailable."""
        left = 0
        for user in await self._erasures.list_unfinished():
            assert user.deleted_at is not None
            is_last_time = self._moments.now() - user.deleted_at >= BIDS_ARRIVE_WITHIN
            await self._erase(user.id)
            await self._delete_merged(user.id)
            if is_last_time:
                await self._erasures.note_finished(user.id)
                log.info("user %s is erased", user.id)
            else:
                left += 1
        await self._erasures.forget_sent()
        return left

    def start(self) -> None:
        """Finishes erasures from now on."""
        self._rounds.start()

    async def stop(self) -> None:
        await self._rounds.stop()

    async def _delete(self, user: User) -> None:
        await self._empty(user.id)
        await self._delete_merged(user.id)

    async def _delete_merged(self, user_id: int) -> None:
        """What they were before is they too."""
        for number in await self._erasures.list_merged(user_id):
            with contextlib.suppress(NotFound):  # another process is at it too
                await self._empty(number)

    async def _empty(self, user_id: int) -> None:
        await self._erasures.empty_user(user_id, DELETED_NAME, self._moments.now())
        self._tokens.announce(UserSessionsEnded(user_id=user_id, is_banned=True))
        await self._erase(user_id)

    async def _erase(self, user_id: int) -> None:
        await self._erasures.withhold_name(user_id, DELETED_NAME, self._moments.stamp())
        await self._addresses.remove_all(user_id)
        await self._erasures.forget_shopping(user_id)
        await self._erasures.forget_reminders(user_id)
        await self._erasures.forget_watchlist(user_id)
        await self._avatars.remove_all(user_id)

"""How tokens and their users stand: asked of the database for many at once, remembered for seconds."""
from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import datetime, timedelta

from msgspec import Struct

from server.domain.accounts.claims import Checked, Claims, Refusal, TokenStore
from server.domain.accounts.users import User, UserStore
from server.domain.batches import Batches
from server.domain.errors import Unavailable

BELIEVED = timedelta(seconds=5)  # how long an end that nobody told of goes unnoticed, at most
AGEING = timedelta(seconds=2)  # early enough that a token in use is asked about again before it is no longer believed
TOKENS_KEPT = 10_000  # about 1.5 KB each
ASKED_AT_ONCE = 50  # the embedded database's time for a question grows with the square of its answers


class Standing(Struct, frozen=True):
    """What the database says of a token: its user, if they exist, and whether it was refreshed, to what, or its login ended."""

    user: User | None
    is_refused: bool
    followed_by: Claims | None
    is_over: bool


class StandingDesk:
    """Asks how tokens stand; those that arrive while one question is under way go together with the next."""

    def __init__(self, users: UserStore, tokens: TokenStore):
        self._users = users
        self._tokens = tokens
        # A second time limit in a row is more than a bid may take.
        self._batches: Batches[Claims, Standing] = Batches(self._look, most=ASKED_AT_ONCE, for_all=Unavailable)

    def ask(self, claims: Claims) -> asyncio.Future[Standing]:
        """Resolves to the standing at some moment after this call. Raises Unavailable within one time limit of the database."""
        return self._batches.add(claims)

    async def _look(self, asked: list[Claims]) -> list[Standing]:
        users, refusals, ended = await asyncio.gather(
            self._users.find_users({claims.user_id for claims in asked}),
            self._tokens.find_refusals({claims.id for claims in asked}),
            self._tokens.find_ended({claims.login_id for claims in asked}),
        )
        return [_standing(claims, users, refusals, ended) for claims in asked]


def _standing(claims: Claims, users: dict[int, User], refusals: dict[str, Refusal], ended: set[str]) -> Standing:
    refusal = refusals.get(claims.id)
    followed_by = refusal.followed_by if refusal is not None else None
    return Standing(users.get(claims.user_id), refusal is not None, followed_by, claims.login_id in ended)


class Known(Struct, frozen=True):
    """A token that was found good, when the database was asked, and until when that is believed."""

    checked: Checked
    asked_at: datetime
    believed_until: datetime

    def is_ageing(self, now: datetime) -> bool:
        return now - self.asked_at >= AGEING


class KnownTokens:
    """The tokens found good a moment ago, those used last when they are many."""

    def __init__(self, capacity: int = TOKENS_KEPT):
        self.forgotten = 0  # rises with every `forget`
        self._capacity = capacity
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._tokens_of: dict[int, set[str]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def find(self, token: str, now: datetime) -> Known | None:
        """What is known of it and still believed."""
        known = self._known.get(token)
        # Before `asked_at`: the clock was set back, and nobody knows by how much.
        if known is None or not known.asked_at <= now < known.believed_until:
            return None
        self._known.move_to_end(token)
        return known

    def keep(self, token: str, checked: Checked, asked_at: datetime) -> None:
        """Remembers a token found good by a question asked then."""
        believed_until = min(asked_at + BELIEVED, checked.claims.expires_at)
        self._known[token] = Known(checked, asked_at, believed_until)
        self._known.move_to_end(token)
        self._tokens_of.setdefault(checked.user.id, set()).add(token)
        if len(self._known) > self._capacity:
            self._drop(next(iter(self._known)))

    def forget(self, user_id: int) -> None:
        """Forgets all tokens of the user."""
        self.forgotten += 1
        for token in list(self._tokens_of.get(user_id, ())):
            self._drop(token)

    def _drop(self, token: str) -> None:
        user_id = self._known.pop(token).checked.user.id
        tokens = self._tokens_of[user_id]
        tokens.discard(token)
        if not tokens:
            del self._tokens_of[user_id]

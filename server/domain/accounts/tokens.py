"""Access tokens: signed, live an hour, refreshed for 14 days from the login, refused at once when they end early.

Those of other APIs live as long as their service says; what its signer does not sign, it does not take.
"""
from __future__ import annotations

import asyncio
from datetime import timedelta

from server.domain.accounts.claims import (
    TOKEN_LIFE,
    AccessToken,
    Checked,
    Claims,
    EndedLogin,
    Refusal,
    Signer,
    TokenStore,
)
from server.domain.accounts.standings import KnownTokens, Standing, StandingDesk
from server.domain.accounts.users import BeingMerged, User, UserBanned, UserStore
from server.domain.clock import Clock
from server.domain.errors import TokenExpired, TokenInvalid, TokenMissing
from server.domain.events import Publisher, TokensChanged, UserSessionsEnded

SAME_SUCCESSOR = timedelta(seconds=10)  # parallel requests of one client agree within it
RENEWAL_DELAY_SECONDS = 0.5  # gathers the tokens in use into one question


class TokenService:
    """Issues, checks, refreshes and ends tokens.

    A check of a token in steady use asks nobody. What another process ended is refused here as soon as `forget` hears of it, and within
    5 s if the news is lost.
    """

    def __init__(
        self,
        users: UserStore,
        tokens: TokenStore,
        signer: Signer,
        publisher: Publisher,
        clock: Clock,
        *,
        life: timedelta = TOKEN_LIFE,
    ):
        self._users = users
        self._tokens = tokens
        self._signer = signer
        self._publisher = publisher
        self._clock = clock
        self._life = life
        self._desk = StandingDesk(users, tokens)
        self._known = KnownTokens()
        self._renewals: dict[str, Claims] = {}  # in use and soon too old to be believed
        self.renewing: asyncio.Future[list[Checked | BaseException]] | None = None  # the last question about them

    def issue(self, user: User, *, has_second_factor: bool = False) -> AccessToken:
        """A token of a new login. Raises UserBanned and BeingMerged."""
        if user.is_banned:
            raise UserBanned()
        if user.merging is not None:
            raise BeingMerged()
        return self._hand_out(Claims.of(user, self._clock.now(), life=self._life, has_second_factor=has_second_factor))

    async def check(self, token: str | None) -> Checked:
        """Whose token it is. Raises TokenMissing, TokenInvalid, TokenExpired or UserBanned."""
        if not token:
            raise TokenMissing()
        return self.recall(token) or await self._look_up(token, self._signer.read(token))

    def recall(self, token: str) -> Checked | None:
        """Whose token it is, if it was found good a moment ago."""
        now = self._clock.now()
        known = self._known.find(token, now)
        if known is None:
            return None
        if known.is_ageing(now):
            self._renew_soon(token, known.checked.claims)
        return known.checked

    def find_known(self, token: str | None) -> Checked | None:
        """As `check`, without waiting: None where nothing is known of it at this moment."""
        now = self._clock.now()
        known = self._known.find(token, now) if token else None
        if known is None:
            return None
        if known.is_ageing(now):
            self._renew_soon(token or "", known.checked.claims)
        return known.checked

    async def follow(self, token: str) -> Checked:
        """For what lasts longer than a request: as `check`, but a token that was refreshed stands for the one that followed it."""
        while True:
            try:
                return await self.check(token)
            except (TokenExpired, TokenInvalid):
                claims = self._signer.read(token, may_be_expired=True)
                standing = await self._desk.ask(claims)
                _accepted_user(claims, standing)
                if standing.followed_by is None:
                    raise
                token = self._signer.sign(standing.followed_by)

    async def refresh(self, token: str | None) -> AccessToken:
        """A new token for the same login; the old one is refused from now on, but for 10 s gives the same new one again.

        Takes an expired token too, until 14 days after the login. Raises TokenMissing, TokenInvalid, TokenExpired or UserBanned.
        """
        claims = self._read_any(token)
        now = self._clock.now()
        if now > claims.refreshable_until:
            raise TokenExpired()
        user = _accepted_user(claims, await self._desk.ask(claims))
        wanted = Refusal.of(claims, now, followed_by=Claims.of(user, now, after=claims, life=self._life))
        # One write decides between all who refresh it at once; the others find what it kept.
        kept = await self._tokens.refuse(wanted)
        if kept.followed_by is None or now - kept.refused_at > SAME_SUCCESSOR:
            raise TokenInvalid()
        if kept == wanted:
            self.forget(user.id)
            self._publisher.publish(TokensChanged(user_id=user.id))
        return self._hand_out(kept.followed_by)

    async def end_login(self, token: str | None) -> None:
        """Ends the login of the token: whatever it was refreshed to, or will have been, is refused from now on.

        Takes a token that was refreshed or has expired too. Raises TokenMissing, TokenInvalid, TokenExpired or UserBanned.
        """
        claims = self._read_any(token)
        if self._clock.now() > max(claims.refreshable_until, claims.expires_at):
            raise TokenExpired()
        _accepted_user(claims, await self._desk.ask(claims))
        await self.end(EndedLogin.of(claims))

    async def end(self, login: EndedLogin) -> None:
        """Ends that login, as if its user had."""
        await self._tokens.end_login(login)
        self.announce(UserSessionsEnded(user_id=login.user_id, login_id=login.id))

    async def end_all(self, user_id: int, *, keep: Claims | None = None) -> None:
        """Ends all tokens of the user but those of the login to keep. Raises NotFound."""
        kept_login_id = keep.login_id if keep else None
        await self._users.end_tokens(user_id, keep_login_id=kept_login_id)
        self.announce(UserSessionsEnded(user_id=user_id, kept_login_id=kept_login_id))

    def announce(self, event: UserSessionsEnded) -> None:
        """Tells this process and all others, after the end was stored."""
        self.forget(event.user_id)
        self._publisher.publish(event)

    def announce_change(self, user_id: int) -> None:
        """Of what goes with the tokens: the user, as this process and all others remember them."""
        self.forget(user_id)
        self._publisher.publish(TokensChanged(user_id=user_id))

    def forget(self, user_id: int) -> None:
        """Believes nothing it remembers of the user's tokens; the next check asks the database."""
        self._known.forget(user_id)

    def _read_any(self, token: str | None) -> Claims:
        if not token:
            raise TokenMissing()
        return self._signer.read(token, may_be_expired=True)

    async def _look_up(self, token: str, claims: Claims) -> Checked:
        now, forgotten = self._clock.now(), self._known.forgotten
        standing = await self._desk.ask(claims)
        checked = Checked(_accepted_user(claims, standing), claims, token)
        if standing.is_refused:
            raise TokenInvalid()
        # What was forgotten meanwhile may have ended after the database was read.
        if self._known.forgotten == forgotten:
            self._known.keep(token, checked, now)
        return checked

    def _renew_soon(self, token: str, claims: Claims) -> None:
        if not self._renewals:
            asyncio.get_running_loop().call_later(RENEWAL_DELAY_SECONDS, self._renew)
        self._renewals[token] = claims

    def _renew(self) -> None:
        renewals, self._renewals = self._renewals, {}
        # What cannot be renewed is believed no longer than before, and the check that comes then meets the error.
        looks = (self._look_up(token, claims) for token, claims in renewals.items())
        self.renewing = asyncio.gather(*looks, return_exceptions=True)

    def _hand_out(self, claims: Claims) -> AccessToken:
        left = claims.expires_at - self._clock.now().replace(microsecond=0)
        return AccessToken(
            access_token=self._signer.sign(claims),
            expires_in=max(0, int(left.total_seconds())),
            expires_at=claims.expires_at,
            token_id=claims.id,
            login_id=claims.login_id,
        )


def _accepted_user(claims: Claims, standing: Standing) -> User:
    user = standing.user
    if user is None:
        raise TokenInvalid()
    if user.is_banned:
        raise UserBanned()
    if standing.is_over or not claims.is_accepted_of(user):
        raise TokenInvalid()
    return user

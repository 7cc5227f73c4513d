"""Registration: a new user with a username, a password and an invitation."""
from __future__ import annotations

from msgspec import Struct

from server.domain.accounts.captchas import AddressLimiter, CaptchaService
from server.domain.accounts.invitations import InvitationService
from server.domain.accounts.names import chosen_name, made_name, tidy_name
from server.domain.accounts.passwords import Hasher, PasswordRules, PasswordStore, tidy_password
from server.domain.accounts.usernames import UsernameTaken, check_username, username_identity
from server.domain.accounts.users import User, UserStore
from server.domain.clock import Clock
from server.domain.errors import InvalidInput, TooMany


class Registration(Struct, frozen=True, kw_only=True):
    """What a newcomer fills in, with the document's names. Without a `nickname` one is made; the `name` is the real one."""

    name: str
    username: str
    password: str
    password_confirmation: str
    invitation_code: str
    captcha_key: str
    captcha_code: str
    nickname: str = ""

    def check(self) -> None:
        """Everything that can be seen without asking anyone. Raises InvalidInput with all of it."""
        problems = PasswordRules.check_form(
            self.password, self.password_confirmation, field="password", confirmation_field="password_confirmation"
        )
        for field in ("invitation_code", "captcha_code"):
            if not getattr(self, field).strip():
                problems[field] = ["required"]
        checks = [(tidy_name, self.name, "name"), (check_username, self.username, "username")]
        if self.nickname:
            checks.append((chosen_name, self.nickname, "nickname"))
        for check, text, field in checks:
            try:
                check(text, field)
            except InvalidInput as found:
                problems |= found.problems
        if problems:
            raise InvalidInput(problems)


class RegistrationService:
    """Lets newcomers in."""

    def __init__(
        self,
        users: UserStore,
        passwords: PasswordStore,
        captchas: CaptchaService,
        invitations: InvitationService,
        hasher: Hasher,
        rules: PasswordRules,
        limiter: AddressLimiter,
        clock: Clock,
    ):
        self._users = users
        self._passwords = passwords
        self._captchas = captchas
        self._invitations = invitations
        self._hasher = hasher
        self._rules = rules
        self._limiter = limiter
        self._clock = clock

    async def register(self, form: Registration, address: str) -> User:
        """The new user. What is wrong with the form costs no captcha; a wrong answer, a taken name and a bad invitation do.

        Raises InvalidInput, TooMany, UsernameTaken, InvitationRefused (one of its kinds), Unavailable.
        """
        form.check()
        if not self._limiter.admit(address):
            raise TooMany(retry_after_seconds=10)
        await self._rules.check_strength(form.password, (form.username, form.name, form.nickname), field="password")
        await self._captchas.spend(form.captcha_key, form.captcha_code, form.username)
        # Before the name: only who is invited learns which names are taken.
        await self._invitations.check(form.invitation_code)
        identity = username_identity(form.username)
        if await self._users.find_user_by_identity(identity) is not None:
            raise UsernameTaken()
        password_hash = await self._hasher.hash(tidy_password(form.password))
        number = await self._users.next_id()
        user = User(
            id=number,
            nickname=tidy_name(form.nickname, "nickname") if form.nickname else made_name(number),
            real_name=tidy_name(form.name, "name"),
            username=form.username,
            identities=(identity,),
            created_at=self._clock.now(),
        )
        # A process that dies between the two writes loses a use, and never lets one too many in.
        code = await self._invitations.take_use(form.invitation_code)
        try:
            await self._passwords.add_user(user, password_hash)
        except UsernameTaken:
            await self._invitations.give_back_use(code)
            raise
        return user

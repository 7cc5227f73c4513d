"""Withdrawals: money out of the wallet to the member's own account. It is frozen at once, and then it is paid or comes back."""
from __future__ import annotations

import logging
from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.accounts.names import one_line
from server.domain.accounts.user_service import UserService
from server.domain.accounts.users import User
from server.domain.changes import Cause as Reason
from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput, NotFound, Unavailable
from server.domain.mall.ledger import Cause, Ledger, Posting, Sums, wallet_of
from server.domain.mall.members import open_id_of
from server.domain.mall.payments.payouts import PayoutState, PayoutWord, Transferred
from server.domain.mall.settings import Settings
from server.domain.mall.wallet.owned import MOST_FEN, OwnedStore, make_number, save_owned
from server.domain.mall.wallet.pay_passwords import PayPasswordService
from server.domain.nouns import Action, ChangedMeanwhile, Id, Noun, NounService, NumberId, Revision, about
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction, Transactions

log = logging.getLogger(__name__)

LEAST = "WITHDRAW_MIN"  # the setting, in yuan
OPEN = "withdrawal"  # the setting: 0 is closed
NAMED_FROM = 2000_00  # fen: WeChat pays no more to who does not tell their name
MOST_NAME_CHARACTERS = 50
FIRST_LOOK, LOOKS_GROW, LONGEST_LOOK = timedelta(seconds=5), 2, timedelta(hours=1)
AT_ONCE = 20


class WithdrawalMissing(NotFound):
    """There is no such withdrawal."""


class WithdrawalsClosed(Conflict):
    """The shop pays nothing out at present."""


class BelowLeastWithdrawal(Conflict):
    """So much is paid out at least: `least` fen."""

    def __init__(self, least: int):
        super().__init__(least)
        self.least = least


class RealNameNeeded(Conflict):
    """So much is paid only to who tells their name."""


class WrongWithdrawalState(Conflict):
    """It is not in a state in which this can be done to it."""


class NothingToConfirm(Conflict):
    """WeChat does not wait for the member to take this one."""


class PayeeUnknown(Conflict):
    """The money is paid to who signs in by WeChat, and the member never has."""


class NoSandboxPayouts(Conflict):
    """Real money is paid: nobody says by hand who has taken it."""


class WithdrawalState(int, Enum):
    """What became of it, in the document's numbers."""

    ASKED = 0
    PAID = 1
    REFUSED = 2  # the money is back
    AWAITS_USER = 3  # WeChat waits for the member to take it
    SENDING = 4  # WeChat is asked to pay it


STATE_LABELS = {
    WithdrawalState.ASKED: ("待处理", "Asked for"),
    WithdrawalState.PAID: ("提现成功", "Paid"),
    WithdrawalState.REFUSED: ("提现失败", "Refused; the money is back"),
    WithdrawalState.AWAITS_USER: ("待确认收款", "The member is to take it"),
    WithdrawalState.SENDING: ("打款中", "Being paid"),
}
UNDER_WAY = (WithdrawalState.SENDING, WithdrawalState.AWAITS_USER)


class Withdrawal(Struct, frozen=True, kw_only=True):
    """One that was asked for. `package`: what a client hands to WeChat to take the money; `receipt`: WeChat's number, or the staff's."""

    id: NumberId
    revision: Revision = 1
    number: Annotated[str, about("提现单号", "Number")]
    user_id: Annotated[int, about("用户编号", "User")]
    amount: Annotated[int, about("金额", "Amount", "money")]
    name: Annotated[str, about("真实姓名", "Real name")] = ""
    state: Annotated[WithdrawalState, about("状态", "State", labels=STATE_LABELS)] = WithdrawalState.ASKED
    reason: Annotated[str, about("原因", "Reason")] = ""
    receipt: Annotated[str, about("打款单号", "Receipt")] = ""
    package: Annotated[str, about("收款凭证", "Package")] = ""
    asked_at: Annotated[datetime, about("申请时间", "Asked at")]
    decided_at: Annotated[datetime | None, about("处理时间", "Decided at")] = None
    look_at: Annotated[datetime | None, about("下次查询", "Asked about next")] = None
    looks: Annotated[int, about("查询次数", "Times asked about")] = 0

    def become(self, **changes: Any) -> Withdrawal:
        return replace(self, **changes, revision=self.revision + 1)

    def in_state(self, *states: WithdrawalState) -> Withdrawal:
        """Itself. Raises WrongWithdrawalState."""
        if self.state not in states:
            raise WrongWithdrawalState()
        return self


# ---- who pays


class Payouts(Protocol):
    """Those who pay out."""

    merchant: str
    app_id: str

    async def send(self, withdrawal: Withdrawal, open_id: str) -> PayoutWord:
        """Begins it; with the same number it is begun once, however often it is asked for. Raises Unavailable."""

    async def find_word(self, withdrawal: Withdrawal) -> PayoutWord:
        """What became of it. Raises Unavailable."""


class SandboxPayouts:
    """Implements Payouts where nobody pays: every payout waits until somebody says that it was taken."""

    merchant = "sandbox"
    app_id = "sandbox"

    async def send(self, withdrawal: Withdrawal, open_id: str) -> PayoutWord:
        return PayoutWord(state=PayoutState.AWAITS_USER, package=f"sandbox-{withdrawal.number}", receipt=f"sandbox-{withdrawal.id}")

    async def find_word(self, withdrawal: Withdrawal) -> PayoutWord:
        return PayoutWord(state=PayoutState.UNDER_WAY)


class NoPayouts:
    """Implements Payouts where nobody pays: the staff pays otherwise."""

    merchant = ""
    app_id = ""

    async def send(self, withdrawal: Withdrawal, open_id: str) -> PayoutWord:
        return PayoutWord(state=PayoutState.REJECTED, reason="nobody pays out here")

    async def find_word(self, withdrawal: Withdrawal) -> PayoutWord:
        return PayoutWord(state=PayoutState.UNKNOWN)


class Confirmation(Struct, frozen=True, kw_only=True):
    """What a client hands to WeChat so that the member takes the money."""

    merchant: str
    app_id: str
    package: str
    open_id: str


class WithdrawalStore(OwnedStore[Withdrawal], Protocol):
    """Where withdrawals are kept."""

    async def list_looked_for(self, now: datetime, most: int) -> list[Withdrawal]:
        """Those under way that are to be asked about."""


class WithdrawalService:
    """Takes withdrawals, and sees them through. Whatever happens, the frozen money is paid once or comes back once."""

    def __init__(
        self,
        withdrawals: WithdrawalStore,
        payouts: Payouts,
        ledger: Ledger,
        passwords: PayPasswordService,
        users: UserService,
        settings: Settings,
        transactions: Transactions,
        clock: Clock,
    ):
        self._withdrawals = withdrawals
        self._payouts = payouts
        self._ledger = ledger
        self._passwords = passwords
        self._users = users
        self._settings = settings
        self._transactions = transactions
        self._clock = clock

    @property
    def is_sandbox(self) -> bool:
        return isinstance(self._payouts, SandboxPayouts)

    # ---- the member

    async def apply(self, user: User, amount: int, *, name: str, password: str, address: str) -> Withdrawal:
        """The money is frozen when this returns.

        Raises InvalidInput, WithdrawalsClosed, BelowLeastWithdrawal, RealNameNeeded, NotEnoughBalance, and as
        PayPasswordService.check_if_asked_for.
        """
        name = one_line(name)[:MOST_NAME_CHARACTERS]
        await self._check_terms(amount, name)
        await self._passwords.check_if_asked_for(user.id, password, address)
        now, id = self._clock.now(), await self._withdrawals.next_id()
        made = Withdrawal(id=id, number=make_number("WD", now, id), user_id=user.id, amount=amount, name=name, asked_at=now)

        async def work(within: Transaction) -> None:
            await self._withdrawals.add(made, None, within)
            await self._post(made, Cause.WITHDRAWAL_ASKED, "asked", Sums(balance=-amount, frozen=amount), within)

        await self._transactions.run(work, about=[wallet_of(user.id)])
        return made

    async def _check_terms(self, amount: int, name: str) -> None:
        if (await self._settings.get_value(OPEN)).strip() == "0":
            raise WithdrawalsClosed()
        if not 1 <= amount <= MOST_FEN:
            raise InvalidInput({"money": ["wrong_form"]})
        least = await self._find_least()
        if amount < least:
            raise BelowLeastWithdrawal(least)
        if amount > NAMED_FROM and not name:
            raise RealNameNeeded()

    async def _find_least(self) -> int:
        text = (await self._settings.get_value(LEAST)).strip()
        try:
            return round(float(text) * 100) if text else 0
        except (ValueError, OverflowError):
            return 0

    async def get_own(self, user_id: int, withdrawal_id: int) -> Withdrawal:
        """Raises WithdrawalMissing, also for another's."""
        found = await self._withdrawals.find(withdrawal_id)
        if found is None or found.user_id != user_id:
            raise WithdrawalMissing("withdrawal")
        return found

    async def page_own(self, user_id: int, page: PageQuery) -> Page[Withdrawal]:
        return await self._withdrawals.page_with(page, user_id=user_id)

    async def find_confirmation(self, user: User, number: str) -> Confirmation:
        """Raises WithdrawalMissing, NothingToConfirm and PayeeUnknown."""
        found = await self._withdrawals.find_first(number=number)
        if found is None or found.user_id != user.id:
            raise WithdrawalMissing("withdrawal")
        if found.state is not WithdrawalState.AWAITS_USER or not found.package:
            raise NothingToConfirm()
        payouts = self._payouts
        return Confirmation(merchant=payouts.merchant, app_id=payouts.app_id, package=found.package, open_id=_open_id(user))

    # ---- seeing it through

    async def send(self, withdrawal: Withdrawal) -> Withdrawal:
        """Asks for the payment of one that is under way, and takes the word; without an answer the next round asks what became of it."""
        user = await self._users.find_user(withdrawal.user_id)
        try:
            word = await self._payouts.send(withdrawal, "" if user is None else _open_id(user))
        except PayeeUnknown:
            word = PayoutWord(state=PayoutState.REJECTED, reason="no WeChat account")
        except Unavailable:
            return withdrawal
        return await self.take_word(withdrawal.id, word)

    async def look_at(self, withdrawal: Withdrawal) -> Withdrawal:
        """Asks what became of it, and takes the word."""
        try:
            word = await self._payouts.find_word(withdrawal)
        except Unavailable:
            return await self._look_later(withdrawal)
        if word.state is PayoutState.UNKNOWN and withdrawal.state is WithdrawalState.SENDING:
            return await self.send(withdrawal)
        after = await self.take_word(withdrawal.id, word)
        return await self._look_later(after) if after.state in UNDER_WAY else after

    async def look_after(self) -> None:
        """One round."""
        for withdrawal in await self._withdrawals.list_looked_for(self._clock.now(), AT_ONCE):
            await self.look_at(withdrawal)

    async def take_notice(self, told: Transferred) -> None:
        """Implements Transfers: told of one that there is, of that amount. Of another amount they are asked, and nothing is believed."""
        found = await self._withdrawals.find_first(number=told.number)
        if found is None:
            log.error("a payout was made that nobody asked for", extra={"number": told.number, "receipt": told.word.receipt})
        elif found.amount != told.amount:
            log.error("a payout of another amount is told of", extra={"number": told.number, "told": told.amount, "asked": found.amount})
        else:
            await self.take_word(found.id, told.word)

    async def take_word(self, withdrawal_id: int, word: PayoutWord) -> Withdrawal:
        """Of one under way, and that one was paid which was thought not to be begun; of one that is decided nothing changes."""

        async def work(within: Transaction) -> Withdrawal:
            before = await self._get(withdrawal_id, within)
            is_late = before.state is WithdrawalState.ASKED and word.state is PayoutState.PAID
            if before.state not in UNDER_WAY and not is_late:
                return before
            after = _heard(before, word, self._clock.now())
            if after is before:
                return before
            await save_owned(self._withdrawals, before, after, within)
            await self._follow(after, within)
            return after

        known = await self._get(withdrawal_id)
        return await self._transactions.run(work, about=[wallet_of(known.user_id)])

    async def decide_within(self, after: Withdrawal, within: Transaction) -> None:
        """What the ledger has to follow. As part of a transaction that keeps it."""
        await self._follow(after, within)

    async def _follow(self, after: Withdrawal, within: Transaction) -> None:
        if after.state is WithdrawalState.PAID:
            await self._post(after, Cause.WITHDRAWN, "paid", Sums(frozen=-after.amount), within)
        if after.state is WithdrawalState.REFUSED:
            change = Sums(balance=after.amount, frozen=-after.amount)
            await self._post(after, Cause.WITHDRAWAL_FAILED, "returned", change, within)

    async def _post(self, about: Withdrawal, cause: Cause, what: str, change: Sums, within: Transaction) -> None:
        key, remark = f"withdrawal:{about.id}:{what}", about.reason or about.number
        await self._ledger.post_within(Posting(user_id=about.user_id, cause=cause, key=key, change=change, remark=remark), within)

    async def _look_later(self, before: Withdrawal) -> Withdrawal:
        pause = min(FIRST_LOOK * LOOKS_GROW ** min(before.looks, 20), LONGEST_LOOK)
        after = before.become(look_at=self._clock.now() + pause, looks=before.looks + 1)
        return after if await self._withdrawals.save(before, after) else await self._get(before.id)

    async def _get(self, withdrawal_id: int, within: Transaction | None = None) -> Withdrawal:
        found = await self._withdrawals.find(withdrawal_id, within)
        if found is None:
            raise WithdrawalMissing("withdrawal")
        return found


def _heard(before: Withdrawal, word: PayoutWord, now: datetime) -> Withdrawal:
    """Itself, if that is nothing new."""
    if word.state is PayoutState.PAID:
        return before.become(state=WithdrawalState.PAID, receipt=word.receipt or before.receipt, package="", look_at=None, decided_at=now)
    if word.state is PayoutState.FAILED:
        return before.become(state=WithdrawalState.REFUSED, reason=word.reason, package="", look_at=None, decided_at=now)
    if word.state is PayoutState.REJECTED and before.state is WithdrawalState.SENDING:
        # Nothing was begun: the staff decides again.
        return before.become(state=WithdrawalState.ASKED, reason=word.reason, look_at=None, looks=0)
    if word.state is PayoutState.AWAITS_USER and (before.state is WithdrawalState.SENDING or word.package != before.package):
        package = word.package or before.package
        return before.become(state=WithdrawalState.AWAITS_USER, package=package, receipt=word.receipt, look_at=now + FIRST_LOOK, looks=0)
    return before


def _open_id(user: User) -> str:
    """Raises PayeeUnknown."""
    found = next(filter(None, (open_id_of(identity) for identity in user.identities)), None)
    if found is None:
        raise PayeeUnknown()
    return found


# ---- the staff


class Settlement(Struct, frozen=True, kw_only=True):
    """How it was paid beside WeChat."""

    receipt: Annotated[str, about("打款单号", "Receipt")] = ""


class WithdrawalDesk(NounService[Withdrawal]):
    """The staff's work on withdrawals: paid by WeChat, paid otherwise, or refused."""

    def __init__(self, withdrawals: WithdrawalStore, service: WithdrawalService, transactions: Transactions, clock: Clock):
        super().__init__(WITHDRAWALS, withdrawals, clock)
        self._withdrawals = withdrawals
        self._service = service
        self._transactions = transactions

    async def send(self, withdrawal_id: Id, cause: Reason) -> Withdrawal:
        """By WeChat. Raises NotFound, WrongWithdrawalState and ChangedMeanwhile."""
        before = (await self.get(withdrawal_id)).in_state(WithdrawalState.ASKED)
        now = self._clock.now()
        after = before.become(state=WithdrawalState.SENDING, reason="", look_at=now + FIRST_LOOK, looks=0, decided_at=now)
        await self._decide("send", before, after, cause)
        return await self._service.send(after)

    async def settle(self, withdrawal_id: Id, cause: Reason, how: Settlement) -> Withdrawal:
        """It was paid by other ways. Raises NotFound, WrongWithdrawalState and ChangedMeanwhile."""
        before = (await self.get(withdrawal_id)).in_state(WithdrawalState.ASKED)
        after = before.become(state=WithdrawalState.PAID, reason="", receipt=how.receipt, decided_at=self._clock.now())
        return await self._decide("settle", before, after, cause)

    async def refuse(self, withdrawal_id: Id, cause: Reason) -> Withdrawal:
        """The money is in the wallet again. Raises NotFound, WrongWithdrawalState and ChangedMeanwhile."""
        before = (await self.get(withdrawal_id)).in_state(WithdrawalState.ASKED)
        after = before.become(state=WithdrawalState.REFUSED, reason=cause.reason, decided_at=self._clock.now())
        return await self._decide("refuse", before, after, cause)

    async def ask_about(self, withdrawal_id: Id, cause: Reason) -> Withdrawal:
        """What WeChat says now. Raises NotFound and WrongWithdrawalState."""
        return await self._service.look_at((await self.get(withdrawal_id)).in_state(*UNDER_WAY))

    async def say_taken(self, withdrawal_id: Id, cause: Reason) -> Withdrawal:
        """Raises NotFound, WrongWithdrawalState and NoSandboxPayouts."""
        return await self._say(withdrawal_id, PayoutState.PAID)

    async def say_failed(self, withdrawal_id: Id, cause: Reason) -> Withdrawal:
        """Raises NotFound, WrongWithdrawalState and NoSandboxPayouts."""
        return await self._say(withdrawal_id, PayoutState.FAILED)

    async def _say(self, withdrawal_id: Id, state: PayoutState) -> Withdrawal:
        if not self._service.is_sandbox:
            raise NoSandboxPayouts()
        known = (await self.get(withdrawal_id)).in_state(*UNDER_WAY)
        return await self._service.take_word(known.id, PayoutWord(state=state, reason="未收款" if state is PayoutState.FAILED else ""))

    async def _decide(self, verb: str, before: Withdrawal, after: Withdrawal, cause: Reason) -> Withdrawal:
        entry = self.entry(verb, before, after, cause)

        async def work(within: Transaction) -> None:
            if not await self._withdrawals.save(before, after, entry, within):
                raise ChangedMeanwhile()
            await self._service.decide_within(after, within)

        await self._transactions.run(work, about=[wallet_of(before.user_id)])
        return after


WITHDRAWALS = Noun(
    area="mall",
    name="withdrawals",
    zh="提现",
    en="Withdrawals",
    made=Withdrawal,
    label="number",
    searched=("number", "name", "receipt"),
    sorted=("id", "amount", "asked_at"),
    filtered=("state", "user_id", "number", "asked_at", "amount"),
    order=("-id",),
    is_kept=True,
    raises=(WrongWithdrawalState, NoSandboxPayouts),
    actions=(
        Action("send", "微信打款", "Pay by WeChat", WithdrawalDesk.send, is_dangerous=True),
        Action("settle", "已线下打款", "Paid otherwise", WithdrawalDesk.settle, input=Settlement),
        Action("refuse", "拒绝", "Refuse", WithdrawalDesk.refuse, needs_reason=True),
        Action("ask", "查询", "Ask WeChat", WithdrawalDesk.ask_about),
        Action("confirm", "设为已收款（沙箱）", "Say it was taken (sandbox)", WithdrawalDesk.say_taken),
        Action("fail", "设为失败（沙箱）", "Say it failed (sandbox)", WithdrawalDesk.say_failed),
    ),
)

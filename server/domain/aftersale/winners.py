"""What winners do about their settlements: where to, the invoice, and paying, by the mall's wallet and payments."""
from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import asdict

from server.domain.accounts.addresses import Address, Place
from server.domain.accounts.names import one_line
from server.domain.accounts.users import User
from server.domain.aftersale.books import Books
from server.domain.aftersale.settlements import Invoice, PaidBy, Settlement, SettlementState, SettlementStore
from server.domain.errors import InvalidInput, NotFound
from server.domain.events import SaleNews
from server.domain.mall.ledger import Cause, Ledger, Posting, Sums
from server.domain.mall.payments.payment import Channel, Payment, Prepared
from server.domain.mall.payments.service import PaymentService, ids_in
from server.domain.mall.qr_codes import QrPainter
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction, Transactions

SETTLEMENTS = 1001  # the type of a payment that pays one; the mall's clients have none as high
QR_WIDTH = 280  # px
LONGEST_TITLE = 100
TAX_NUMBER = re.compile(r"[0-9A-Z]{15,20}")


class AddressBook(Protocol):
    """The addresses of a user."""

    async def list_addresses(self, caller: User) -> list[Address]: ...


class Till:
    """Pays settlements from the wallet: the ledger's entry and the settlement are written together, once."""

    def __init__(self, books: Books, ledger: Ledger):
        self._books = books
        self._ledger = ledger

    async def pay_within(
        self, user_id: int, settlement_id: int, within: Transaction, payment_number: str = ""
    ) -> tuple[Settlement, SaleNews | None]:
        """As part of a transaction; gives what is to be told once it lasts, too.

        Raises SettlementMissing, AlreadyPaid, SettlementOver and NotEnoughBalance.
        """
        before = await self._books.get(settlement_id, user_id, within)

        async def paid(settlement: Settlement, now: datetime, within: Transaction) -> Settlement:
            after = settlement.paid(now, PaidBy.WALLET, payment_number=payment_number)
            await self._ledger.post_within(posting_of(settlement), within)
            return after

        return await self._books.change_within(before, paid, within, step=SettlementState.PAID.value)


def payment_key(settlement_id: int) -> str:
    """Of the ledger's entry that pays it."""
    return f"settlement:{settlement_id}:paid"


def posting_of(settlement: Settlement) -> Posting:
    change, key = Sums(balance=-settlement.amount), payment_key(settlement.id)
    return Posting(user_id=settlement.user_id, cause=Cause.SETTLEMENT, key=key, change=change, remark=f"{settlement.issue}")


class SettlementPurpose:
    """Settlements as what is paid for. Implements Purpose."""

    def __init__(self, till: Till, books: Books):
        self._till = till
        self._books = books

    def check(self, wanted: Mapping[str, Any]) -> None:
        self._id_in(wanted)

    async def fulfil(self, payment: Payment, wanted: Mapping[str, Any], within: Transaction) -> None:
        await self._till.pay_within(payment.user_id, self._id_in(wanted), within, payment.number)

    async def tell_fulfilled(self, payment: Payment, wanted: Mapping[str, Any]) -> None:
        await self._books.tell_again(self._id_in(wanted))

    def _id_in(self, wanted: Mapping[str, Any]) -> int:
        ids = ids_in(wanted.get("id"))
        if len(ids) != 1:
            raise InvalidInput({"nextAction": ["wrong_form"]})
        return ids[0]


class Asked(Struct, frozen=True, kw_only=True):
    """A payment that was asked for, what a client needs to have it made, and a picture of a QR code as a data URI."""

    payment: Payment
    prepared: Prepared
    picture: str = ""


class WinnerService:
    """A winner's own settlements; another's do not exist as far as anyone can tell."""

    def __init__(
        self,
        books: Books,
        settlements: SettlementStore,
        addresses: AddressBook,
        till: Till,
        payments: PaymentService,
        painter: QrPainter,
        transactions: Transactions,
    ):
        self._books = books
        self._settlements = settlements
        self._addresses = addresses
        self._till = till
        self._payments = payments
        self._painter = painter
        self._transactions = transactions

    async def page_settlements(self, winner: User, page: PageQuery) -> Page[Settlement]:
        """Newest first."""
        return await self._settlements.page_of_user(winner.id, page)

    async def get_settlement(self, winner: User, settlement_id: int) -> Settlement:
        """Raises SettlementMissing."""
        return await self._books.get(settlement_id, winner.id)

    async def choose_address(self, winner: User, settlement_id: int, address_id: int) -> Settlement:
        """As the address book has it now; what changes there later does not change it.

        Raises SettlementMissing, NotFound where the book has no such address, AlreadyShipped and SettlementOver.
        """
        found = next((one for one in await self._addresses.list_addresses(winner) if one.id == address_id), None)
        if found is None:
            raise NotFound("address")
        place = Place(**{name: value for name, value in asdict(found).items() if name in Place.__struct_fields__})

        async def sent(settlement: Settlement, now: datetime, within: Transaction) -> Settlement:
            return settlement.sent_to(place, now)

        return await self._books.change(settlement_id, sent, owner_id=winner.id)

    async def ask_invoice(self, winner: User, settlement_id: int, title: str, tax_number: str) -> Settlement:
        """Raises InvalidInput, SettlementMissing, AlreadyShipped and SettlementOver."""
        invoice = tidy_invoice(title, tax_number)

        async def invoiced(settlement: Settlement, now: datetime, within: Transaction) -> Settlement:
            return settlement.invoiced(invoice, now)

        return await self._books.change(settlement_id, invoiced, owner_id=winner.id)

    async def pay_from_wallet(self, winner: User, settlement_id: int) -> Settlement:
        """Raises SettlementMissing, AlreadyPaid, SettlementOver and NotEnoughBalance."""
        after, news = await self._transactions.run(
            lambda within: self._till.pay_within(winner.id, settlement_id, within), [f"settlement:{settlement_id}"]
        )
        self._books.tell(news)
        return after

    async def ask_payment(self, winner: User, settlement_id: int, channel: Channel, client_address: str) -> Asked:
        """Of the whole amount. Raises SettlementMissing, AlreadyPaid, SettlementOver, NotPayable, PayerUnknown, NoPayments, Unavailable."""
        settlement = await self._books.get(settlement_id, winner.id)
        settlement.check_due()
        purpose, name = json.dumps({"type": SETTLEMENTS, "id": settlement.id}), f"竞拍第 {settlement.issue} 期"
        payment, prepared = await self._payments.ask(winner, settlement.amount, channel, client_address, purpose=purpose, name=name)
        picture = await self._painter.draw(prepared.address, QR_WIDTH) if channel is Channel.QR_CODE else b""
        return Asked(payment=payment, prepared=prepared, picture=f"data:image/png;base64,{b64encode(picture).decode()}" if picture else "")


def tidy_invoice(title: str, tax_number: str) -> Invoice:
    """Raises InvalidInput with all that is wrong."""
    invoice = Invoice(one_line(title), "".join(tax_number.split()).upper())
    problems: dict[str, list[str]] = {}
    if not invoice.title:
        problems["title"] = ["required"]
    elif len(invoice.title) > LONGEST_TITLE:
        problems["title"] = [f"too_long:{LONGEST_TITLE}"]
    if invoice.tax_number and not TAX_NUMBER.fullmatch(invoice.tax_number):
        problems["tax_number"] = ["wrong_form"]
    if problems:
        raise InvalidInput(problems)
    return invoice

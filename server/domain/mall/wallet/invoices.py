"""Invoices: asked for by members, issued by the staff, as a file."""
from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Protocol

from msgspec import Meta, Struct
from msgspec.structs import replace

from server.domain.accounts.names import one_line
from server.domain.changes import Cause as Reason
from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput, NotFound
from server.domain.mall.orders.order import Order, OrderMissing
from server.domain.mall.wallet.owned import MOST_FEN, OwnedStore
from server.domain.nouns import Action, Id, Noun, NounService, NumberId, Revision, about
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction, Transactions

MOST_CHARACTERS = 200


class InvoiceMissing(NotFound):
    """There is no such invoice."""


class InvoicedAlready(Conflict):
    """The order is not paid, or invoices for all that was paid for it were asked for."""


class WrongInvoiceState(Conflict):
    """It is not in a state in which this can be done to it."""


class InvoiceState(int, Enum):
    """What became of it, in the document's numbers."""

    WAITING = 0
    HANDLED = 1
    REFUSED = 2
    ISSUED = 3


STATE_LABELS = {
    InvoiceState.WAITING: ("待处理", "Waiting"),
    InvoiceState.HANDLED: ("开票中", "Being handled"),
    InvoiceState.REFUSED: ("不通过", "Refused"),
    InvoiceState.ISSUED: ("已开票", "Issued"),
}


class InvoiceAsked(Struct, frozen=True, kw_only=True):
    """What a member wants on it."""

    company: Annotated[str, about("发票抬头", "Title")]
    tax_number: Annotated[str, about("税号", "Tax number")] = ""
    amount: Annotated[int, about("金额", "Amount", "money")]
    consumption: Annotated[str, about("发票内容", "For what")] = ""
    email: Annotated[str, about("邮箱", "Mail")] = ""
    remark: Annotated[str, about("备注", "Remark")] = ""
    order_id: Annotated[int | None, about("订单", "Order", refers_to="mall.orders")] = None
    extensions: Annotated[dict[str, str], about("扩展属性", "Extensions")] = {}

    def tidy(self) -> InvoiceAsked:
        """As it is kept. Raises InvalidInput."""
        texts = {name: one_line(getattr(self, name)) for name in ("company", "tax_number", "consumption", "email", "remark")}
        problems = {NAMES[name]: [f"too_long:{MOST_CHARACTERS}"] for name, text in texts.items() if len(text) > MOST_CHARACTERS}
        if not texts["company"]:
            problems[NAMES["company"]] = ["required"]
        if not 1 <= self.amount <= MOST_FEN:
            problems["amount"] = ["wrong_form"]
        if problems:
            raise InvalidInput(problems)
        return replace(self, **texts)


NAMES = {"company": "comName", "tax_number": "tfn", "consumption": "consumption", "email": "email", "remark": "remark"}


class Invoice(InvoiceAsked, frozen=True, kw_only=True):
    """One that was asked for. `file`: where the issued one is."""

    id: NumberId
    revision: Revision = 1
    user_id: Annotated[int, about("用户编号", "User")]
    state: Annotated[InvoiceState, about("状态", "State", labels=STATE_LABELS)] = InvoiceState.WAITING
    file: Annotated[str, about("发票文件", "File")] = ""
    reason: Annotated[str, about("不通过原因", "Why it was refused")] = ""
    asked_at: Annotated[datetime, about("申请时间", "Asked at")]
    issued_at: Annotated[datetime | None, about("开票时间", "Issued at")] = None

    def become(self, *states: InvoiceState, **changes: Any) -> Invoice:
        """From one of these states. Raises WrongInvoiceState."""
        if self.state not in states:
            raise WrongInvoiceState()
        return replace(self, **changes, revision=self.revision + 1)


class InvoicedOrders(Protocol):
    """Knows orders."""

    async def find_order(self, order_id: int, within: Transaction | None = None) -> Order | None: ...


class InvoiceStore(OwnedStore[Invoice], Protocol):
    """Where invoices are kept."""

    async def list_of_order(self, order_id: int, within: Transaction) -> list[Invoice]: ...

    async def take_turn(self, order_id: int, within: Transaction) -> None:
        """Of two transactions for one order that take their turns at once, one is run again after the other."""


class InvoiceService:
    """Takes what members ask for."""

    def __init__(self, invoices: InvoiceStore, orders: InvoicedOrders, transactions: Transactions, clock: Clock):
        self._invoices = invoices
        self._orders = orders
        self._transactions = transactions
        self._clock = clock

    async def apply(self, user_id: int, wanted: InvoiceAsked) -> Invoice:
        """For an order no more than was paid for it. Raises InvalidInput, OrderMissing and InvoicedAlready."""
        wanted = wanted.tidy()
        terms = {name: getattr(wanted, name) for name in InvoiceAsked.__struct_fields__}
        made = Invoice(**terms, id=await self._invoices.next_id(), user_id=user_id, asked_at=self._clock.now())

        async def work(within: Transaction) -> None:
            if made.order_id is not None:
                await self._check_order(made, within)
            await self._invoices.add(made, None, within)

        await self._transactions.run(work)
        return made

    async def get_own(self, user_id: int, invoice_id: int) -> Invoice:
        """Raises InvoiceMissing, also for another's."""
        found = await self._invoices.find(invoice_id)
        if found is None or found.user_id != user_id:
            raise InvoiceMissing("invoice")
        return found

    async def page_own(self, user_id: int, page: PageQuery) -> Page[Invoice]:
        return await self._invoices.page_with(page, user_id=user_id)

    async def _check_order(self, made: Invoice, within: Transaction) -> None:
        assert made.order_id is not None
        order = await self._orders.find_order(made.order_id, within)
        if order is None or order.user_id != made.user_id:
            raise OrderMissing("order")
        await self._invoices.take_turn(made.order_id, within)
        if made.amount > open_amount(order, await self._invoices.list_of_order(made.order_id, within)):
            raise InvoicedAlready()


def open_amount(order: Order, invoices: Iterable[Invoice]) -> int:
    """What may still be invoiced of an order, in fen."""
    paid = order.real - order.refunded if order.paid_at is not None else 0
    return paid - sum(one.amount for one in invoices if one.state is not InvoiceState.REFUSED)


class Issue(Struct, frozen=True, kw_only=True):
    """The file that was made."""

    file: Annotated[
        Annotated[str, Meta(min_length=1, max_length=1000, pattern=r"^(https?://|/)\S+$")], about("发票文件地址", "Address of the file")
    ]


class InvoiceDesk(NounService[Invoice]):
    """The staff's work on invoices."""

    async def handle(self, invoice_id: Id, cause: Reason) -> Invoice:
        """Raises NotFound, WrongInvoiceState and ChangedMeanwhile."""
        return await self._decide(invoice_id, "handle", cause, (InvoiceState.WAITING,), state=InvoiceState.HANDLED)

    async def issue(self, invoice_id: Id, cause: Reason, made: Issue) -> Invoice:
        """Again with another file too. Raises NotFound, WrongInvoiceState and ChangedMeanwhile."""
        states = (InvoiceState.WAITING, InvoiceState.HANDLED, InvoiceState.ISSUED)
        issued = {"state": InvoiceState.ISSUED, "file": made.file, "issued_at": self._clock.now()}
        return await self._decide(invoice_id, "issue", cause, states, **issued)

    async def refuse(self, invoice_id: Id, cause: Reason) -> Invoice:
        """Raises NotFound, WrongInvoiceState and ChangedMeanwhile."""
        states = (InvoiceState.WAITING, InvoiceState.HANDLED)
        return await self._decide(invoice_id, "refuse", cause, states, state=InvoiceState.REFUSED, reason=cause.reason)

    async def _decide(self, invoice_id: Id, verb: str, cause: Reason, states: tuple[InvoiceState, ...], **changes: Any) -> Invoice:
        async def apply(before: Invoice) -> Invoice:
            return before.become(*states, **changes)

        return await self.act(invoice_id, verb, cause, apply)


INVOICES = Noun(
    area="mall",
    name="invoices",
    zh="发票",
    en="Invoices",
    made=Invoice,
    label="company",
    searched=("company", "tax_number", "email", "remark"),
    sorted=("id", "amount", "asked_at"),
    filtered=("state", "user_id", "asked_at"),
    order=("-id",),
    is_kept=True,
    raises=(WrongInvoiceState,),
    actions=(
        Action("handle", "受理", "Handle", InvoiceDesk.handle),
        Action("issue", "开票", "Issue", InvoiceDesk.issue, input=Issue),
        Action("refuse", "不通过", "Refuse", InvoiceDesk.refuse, needs_reason=True),
    ),
)

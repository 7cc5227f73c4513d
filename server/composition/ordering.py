"""The part of the mall from the cart to the parcel, and the payments for it."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.composition.area import Area
from server.composition.ground import Ground
from server.domain.mall.carts import CartService
from server.domain.mall.gate.parcels import ParcelTracker
from server.domain.mall.ledger import Ledger
from server.domain.mall.orders.desk import OrderDesk
from server.domain.mall.orders.life import OrderService
from server.domain.mall.orders.placing import Admission, PlacingService
from server.domain.mall.orders.promotions import Promotions
from server.domain.mall.orders.refunds import RefundBook
from server.domain.mall.orders.reviewing import ReviewingService, Reviews, Rewards
from server.domain.mall.orders.tracking import TrackingService
from server.domain.mall.payments.desk import PaymentDesk
from server.domain.mall.payments.orders import ORDERS, OrderPaymentService, OrderPurpose
from server.domain.mall.payments.payment import Provider
from server.domain.mall.payments.payouts import Transfers
from server.domain.mall.payments.repayments import Repayer, RepaymentService
from server.domain.mall.payments.service import Gifts, PaymentService, Purpose
from server.domain.mall.settings import Settings
from server.domain.mall.wares import Stock, Window
from server.domain.regions import RegionService
from server.domain.rounds import Rounds
from server.services import OrderingServices
from server.storage.mall import MallStores

CLOSING_SECONDS = 1.0  # an order is closed so long after its time, at most
LOOKING_SECONDS = 5.0  # between rounds of questions about payments


@dataclass(frozen=True)
class Offer:
    """What the window brings to ordering."""

    window: Window
    stock: Stock
    reviews: Reviews
    settings: Settings


@dataclass(frozen=True)
class Till:
    """Who takes money on line and who pays it back, what it can be for beside orders, what is given on top of a recharge, who hears of what
    was paid out, and who may order at all."""

    provider: Provider
    repayer: Repayer
    purposes: Mapping[int, Purpose]
    gifts: Gifts
    transfers: Transfers
    admission: Admission
    is_sandbox: bool


@dataclass(frozen=True)
class Ordering(Area):
    """The services, and what goes on beside requests: orders that nobody pays, payments that nobody tells of."""

    services: OrderingServices
    closing: Rounds
    looking: Rounds
    book: RefundBook
    repayments: RepaymentService

    async def start(self) -> None:
        self.closing.start()
        self.looking.start()

    async def stop(self) -> None:
        await self.looking.stop()
        await self.closing.stop()


def build_ordering(
    stores: MallStores,
    offer: Offer,
    ledger: Ledger,
    regions: RegionService,
    promotions: Promotions,
    rewards: Rewards,
    till: Till,
    tracker: ParcelTracker | None,
    ground: Ground,
) -> Ordering:
    """Not yet started. `promotions`: what changes prices beside the window; `rewards`: what reviews bring; `tracker`: who asks carriers."""
    clock, transactions = ground.clock, ground.transactions
    window, stock, settings = offer.window, offer.stock, offer.settings
    repayments = RepaymentService(stores.repayments, stores.payments, till.repayer, ledger, transactions, clock)
    book = RefundBook(stores.refunds, stores.orders, stock, ledger, promotions, repayments, clock)
    orders = OrderService(stores.orders, stock, ledger, settings, promotions, transactions, clock)
    served: dict[int, Purpose] = {ORDERS: OrderPurpose(orders), **till.purposes}
    payments = PaymentService(
        stores.payments, till.provider, served, repayments, till.transfers, till.gifts, ledger, settings, transactions, clock
    )
    services = OrderingServices(
        carts=CartService(stores.carts, window, clock),
        placing=PlacingService(stores.orders, window, stock, regions, settings, promotions, till.admission, transactions, clock),
        orders=orders,
        tracking=TrackingService(stores.tracks, tracker, clock),
        reviewing=ReviewingService(stores.orders, offer.reviews, rewards, transactions, clock),
        payments=payments,
        order_payments=OrderPaymentService(orders, payments),
        order_desk=OrderDesk(stores.orders, stock, book, promotions, transactions, clock),
        payment_desk=PaymentDesk(stores.payments, payments, clock, is_sandbox=till.is_sandbox),
    )
    closing = Rounds("closing unpaid orders", orders.close_overdue, CLOSING_SECONDS)
    looking = Rounds("looking after payments", payments.look_after, LOOKING_SECONDS)
    return Ordering(services, closing, looking, book, repayments)

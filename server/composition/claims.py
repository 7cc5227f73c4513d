"""The part of the mall that comes after the sale: what buyers ask for, and money that goes back."""
from __future__ import annotations

from dataclasses import dataclass

from server.composition.area import Area
from server.composition.ground import Ground
from server.domain.mall.claims.claims import ClaimService
from server.domain.mall.claims.desk import REFUNDS, ClaimDesk
from server.domain.mall.orders.refunds import RefundBook
from server.domain.mall.payments.repayment_desk import RepaymentDesk
from server.domain.mall.payments.repayments import RepaymentService
from server.domain.mall.settings import Settings
from server.domain.nouns import NounService
from server.domain.rounds import Rounds
from server.services import ClaimServices
from server.storage.mall import MallStores

LOOKING_SECONDS = 5.0  # between rounds of questions about money that goes back


@dataclass(frozen=True)
class Claims(Area):
    """The services, and what goes on beside requests: money that is sent back."""

    services: ClaimServices
    repaying: Rounds

    async def start(self) -> None:
        self.repaying.start()

    async def stop(self) -> None:
        await self.repaying.stop()


def build_claims(
    stores: MallStores, book: RefundBook, repayments: RepaymentService, settings: Settings, ground: Ground, *, is_sandbox: bool
) -> Claims:
    """Not yet started."""
    clock, transactions = ground.clock, ground.transactions
    services = ClaimServices(
        claims=ClaimService(stores.claims, stores.orders, settings, transactions, clock),
        book=book,
        desk=ClaimDesk(stores.claims, stores.orders, book, transactions, clock),
        refund_desk=NounService(REFUNDS, stores.refunds, clock),
        repayment_desk=RepaymentDesk(stores.repayments, repayments, clock, is_sandbox=is_sandbox),
    )
    return Claims(services, Rounds("paying back", repayments.look_after, LOOKING_SECONDS))

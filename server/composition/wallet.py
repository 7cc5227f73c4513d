"""The part of the mall in which members fill and empty their wallets, and show who they are."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.composition.accounts import Accounts
from server.composition.area import Area
from server.composition.ground import Ground
from server.domain.mall.furniture import Furniture
from server.domain.mall.ledger import Ledger
from server.domain.mall.payments.service import Purpose
from server.domain.mall.settings import Settings
from server.domain.mall.verification import VerificationService
from server.domain.mall.wallet.audit import WalletAudit
from server.domain.mall.wallet.bills import BILL_DISCOUNTS, BILLS, BILLS_PAID, BillDiscountRules, BillService
from server.domain.mall.wallet.deposits import DEPOSITS_PAID, DepositDesk, DepositService
from server.domain.mall.wallet.gifts import RECHARGE_RULES, GiftService
from server.domain.mall.wallet.identities import IDENTITIES, IdentityGate, IdentityService, SandboxIdentityGate
from server.domain.mall.wallet.invoices import INVOICES, InvoiceDesk, InvoiceService
from server.domain.mall.wallet.pay_passwords import PayPasswordService
from server.domain.mall.wallet.withdrawals import NoPayouts, Payouts, SandboxPayouts, WithdrawalDesk, WithdrawalService
from server.domain.nouns import NounService
from server.domain.rounds import Rounds
from server.outside.identity_gate import HttpIdentityGate
from server.outside.identity_numbers import ChineseIdentityNumbers
from server.services import WalletServices
from server.storage.mall import MallStores

LOOKING_SECONDS = 2.0  # between rounds of questions about payouts


@dataclass(frozen=True)
class WalletArea(Area):
    """The services, what payments can be for because of them, and what goes on beside requests: payouts that nobody tells of."""

    services: WalletServices
    purposes: Mapping[int, Purpose]
    looking: Rounds
    gate: IdentityGate

    async def start(self) -> None:
        self.looking.start()

    async def stop(self) -> None:
        await self.looking.stop()
        if isinstance(self.gate, HttpIdentityGate):
            self.gate.close()


def build_wallet(
    stores: MallStores, ledger: Ledger, settings: Settings, verification: VerificationService, accounts: Accounts, ground: Ground
) -> WalletArea:
    """Not yet started."""
    kept, clock, transactions, users = stores.wallet, ground.clock, ground.transactions, accounts.services.users
    rules, discounts = Furniture(kept.recharge_rules, "threshold"), Furniture(kept.bill_discounts, "threshold")
    passwords = PayPasswordService(kept.pay_passwords, accounts.hasher, accounts.guard, verification, users, settings)
    withdrawals = WithdrawalService(
        kept.withdrawals, _payouts(ground), ledger, passwords, users, settings, transactions, clock
    )
    deposits = DepositService(kept.deposits, ledger, transactions, clock)
    bills = BillService(kept.bills, discounts, ledger, passwords, transactions, clock)
    gate = _identity_gate(ground)
    services = WalletServices(
        gifts=GiftService(rules),
        pay_passwords=passwords,
        withdrawals=withdrawals,
        deposits=deposits,
        bills=bills,
        identities=IdentityService(kept.identities, ChineseIdentityNumbers(), gate, stores.codes, settings, transactions, clock),
        invoices=InvoiceService(kept.invoices, stores.orders, transactions, clock),
        recharge_rules=NounService(RECHARGE_RULES, kept.recharge_rules, clock, rules.rules()),
        withdrawal_desk=WithdrawalDesk(kept.withdrawals, withdrawals, transactions, clock),
        deposit_desk=DepositDesk(kept.deposits, deposits, transactions, clock),
        bill_discounts=NounService(BILL_DISCOUNTS, kept.bill_discounts, clock, BillDiscountRules(discounts)),
        bill_desk=NounService(BILLS, kept.bills, clock),
        identity_desk=NounService(IDENTITIES, kept.identities, clock),
        invoice_desk=InvoiceDesk(INVOICES, kept.invoices, clock),
    )
    looking = Rounds("looking after payouts", withdrawals.look_after, LOOKING_SECONDS)
    return WalletArea(services, {BILLS_PAID: bills, DEPOSITS_PAID: deposits}, looking, gate)


def build_wallet_audit(stores: MallStores) -> WalletAudit:
    """Needs nothing but the stores."""
    kept = stores.wallet
    return WalletAudit(stores.ledger, kept.withdrawals, kept.deposits, kept.bills)


def _payouts(ground: Ground) -> Payouts:
    return NoPayouts() if ground.config.is_production else SandboxPayouts()


def _identity_gate(ground: Ground) -> IdentityGate:
    config = ground.config
    if config.mall_identity_url is None or config.mall_identity_secret is None:
        return SandboxIdentityGate(is_production=config.is_production)
    return HttpIdentityGate(config.mall_identity_url, config.mall_identity_secret)

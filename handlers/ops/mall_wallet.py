"""The staff's chapters about what members do with their wallets."""
from __future__ import annotations

from handlers.ops.nouns import noun_routes
from server.domain.mall.wallet.bills import BILL_DISCOUNTS, BILLS
from server.domain.mall.wallet.deposits import DEPOSITS
from server.domain.mall.wallet.gifts import RECHARGE_RULES
from server.domain.mall.wallet.identities import IDENTITIES
from server.domain.mall.wallet.invoices import INVOICES
from server.domain.mall.wallet.withdrawals import WITHDRAWALS
from server.web.access import BOOKKEEPER
from server.web.routing import Chapter

CHAPTERS = (
    Chapter("充值赠送", noun_routes(RECHARGE_RULES, lambda services: services.mall.wallet.recharge_rules, changes=BOOKKEEPER)),
    Chapter("提现", noun_routes(WITHDRAWALS, lambda services: services.mall.wallet.withdrawal_desk, changes=BOOKKEEPER)),
    Chapter("押金", noun_routes(DEPOSITS, lambda services: services.mall.wallet.deposit_desk, changes=BOOKKEEPER)),
    Chapter("买单优惠", noun_routes(BILL_DISCOUNTS, lambda services: services.mall.wallet.bill_discounts, changes=BOOKKEEPER)),
    Chapter("到店买单", noun_routes(BILLS, lambda services: services.mall.wallet.bill_desk, changes=BOOKKEEPER)),
    Chapter("实名认证", noun_routes(IDENTITIES, lambda services: services.mall.wallet.identity_desk, changes=BOOKKEEPER)),
    Chapter("发票", noun_routes(INVOICES, lambda services: services.mall.wallet.invoice_desk, changes=BOOKKEEPER)),
)

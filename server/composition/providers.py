"""Those who take the mall's payments."""
from __future__ import annotations

from server.composition.ground import Ground
from server.domain.mall.ledger import Ledger
from server.domain.mall.payments.repayments import Taker
from server.domain.mall.payments.sandbox import NoProvider, SandboxProvider
from server.domain.mall.payments.service import Gifts, PaymentService
from server.domain.mall.payments.transfers import TRANSFERS, TransferDesk, TransferService
from server.domain.mall.settings import Settings
from server.outside.wechat_pay import Merchant, WechatPay
from server.services import AlipayServices
from server.storage.mall import MallStores


def build_provider(ground: Ground) -> Taker:
    """Whoever the settings name; in development without any, the staff."""
    config = ground.config
    if not config.takes_payments:
        return NoProvider()
    if config.wechat_pay is None or config.wechat_appid is None:
        return SandboxProvider(ground.clock, is_production=config.is_production)
    settings = config.wechat_pay
    private_key, public_key = settings.read_keys()
    merchant = Merchant(
        app_id=config.wechat_appid,
        number=settings.mchid,
        serial=settings.serial,
        private_key=private_key,
        api_key=settings.api_key,
        public_key_id=settings.public_key_id,
        public_key=public_key,
        notify_url=settings.notify_url,
        api_base=settings.api_base,
    )
    return WechatPay(merchant, ground.clock)


def build_alipay(
    stores: MallStores, payments: PaymentService, gifts: Gifts, ledger: Ledger, settings: Settings, ground: Ground
) -> AlipayServices:
    """Nothing has to be started."""
    transfers = TransferService(
        stores.transfers,
        stores.payments,
        payments,
        gifts,
        ledger,
        settings,
        ground.transactions,
        ground.clock,
        secret=ground.config.mall_merchant_key,
    )
    return AlipayServices(transfers, TransferDesk(TRANSFERS, stores.transfers, ground.clock))

"""Those who take the mall's payments."""
from __future__ import annotations

from server.composition.ground import Ground
from server.domain.mall.payments.payment import Provider
from server.domain.mall.payments.sandbox import NoProvider, SandboxProvider
from server.outside.wechat_pay import Merchant, WechatPay


def build_provider(ground: Ground) -> Provider:
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

"""What providers of payments tell."""
from __future__ import annotations

from server.web.access import ANYONE
from server.web.call import Call
from server.web.inputs import Signed
from server.web.replies import Raw
from server.web.routing import Routes

routes = Routes()

TAKEN = b'{"code":"SUCCESS","message":"OK"}'


@routes.post("/api/payments/wechat", access=ANYONE)
async def take_wechat_notice(call: Call, body: Signed) -> Raw:
    """微信支付通知

    Signed by WeChat Pay (API v3); what is not, or not now, is refused. An answer other than 200 has it sent again."""
    await call.services.mall.ordering.payments.take_notice(body.headers, body.content)
    return Raw(TAKEN, "application/json")


@routes.post("/api/payments/alipay", access=ANYONE)
async def take_alipay_notice(call: Call, body: Signed) -> Raw:
    """支付宝支付通知

    Signed by Alipay (RSA2); what is not is refused. An answer other than `success` has it sent again."""
    await call.services.mall.alipay.notices.take_notice(body.headers, body.content)
    return Raw(b"success", "text/plain")

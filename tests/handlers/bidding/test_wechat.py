"""微信 management."""
from __future__ import annotations

import json

from server.domain.auctions.storefront import WechatContact
from tests.api import Api
from tests.handlers.bidding.document import as_text

EXAMPLE = json.loads(
    r"""
{
    "code": 1,
    "message": "",
    "data": {
        "wechat_account": "yable",
        "qrcode": "http:\/\/rumu.top\/images\/81daa075b84e3825d897f6e5543cab2d.jpeg"
    }
}
"""
)


async def test_the_document_s_contact_is_shown(api: Api) -> None:
    await api.application.stores.auctions.storefront.set_wechat_contact(WechatContact(**EXAMPLE["data"]))
    answer = await api.get("/api/wechat")
    assert answer.status == 200
    assert as_text(answer.json) == as_text(EXAMPLE)


async def test_a_contact_that_is_not_set_is_two_empty_texts(api: Api) -> None:
    answer = await api.get("/api/wechat")
    assert answer.json == {"code": 1, "message": "", "data": {"wechat_account": "", "qrcode": ""}}

"""Banner 管理."""
from __future__ import annotations

import json

from server.domain.auctions.storefront import Banner
from tests.api import Api
from tests.handlers.bidding.document import as_text

EXAMPLE = json.loads(
    r"""
{
    "code": 1,
    "message": "",
    "data": [
        {
            "url": "http:\/\/rumu.top\/images\/d968056e630e50cd44f35d09be88b9b6.jpeg",
            "sort": 1
        },
        {
            "url": "http:\/\/rumu.top\/images\/0c21a129f37e0dc449151eeb4618c6c3.jpeg",
            "sort": 2
        },
        {
            "url": "http:\/\/rumu.top\/images\/0f20e90caecba31b7b19d27a8848a7b6.jpeg",
            "sort": 3
        },
        {
            "url": "http:\/\/rumu.top\/images\/85f793740bd8a5d2aa2ede66d243afdb.jpeg",
            "sort": 4
        }
    ]
}
"""
)


async def test_the_document_s_banners_come_by_their_sort(api: Api) -> None:
    banners = [Banner(**banner) for banner in EXAMPLE["data"]]
    await api.application.stores.auctions.storefront.replace_banners([banners[2], banners[0], banners[3], banners[1]])
    answer = await api.get("/api/banners")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert as_text(answer.json) == as_text(EXAMPLE)


async def test_without_banners_the_list_is_empty(api: Api) -> None:
    assert (await api.get("/api/banners")).json == {"code": 1, "message": "", "data": []}

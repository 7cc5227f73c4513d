"""The document's own examples, from equal data. Placeholders such as "团购商品ID" are filled in with values of their type."""
from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from server.domain.groupbuy.areas import Area
from server.domain.groupbuy.categories import Category
from server.domain.groupbuy.offers import Kind
from server.domain.groupbuy.price_ranges import PriceRange
from server.domain.groupbuy.shops import Contract, Shop
from server.domain.moments import SHANGHAI as ZONE
from tests.api import Api
from tests.catalogue import furnish, make_offer
from tests.clock import HandClock
from tests.handlers.groupbuy.asking import as_text, ask

# As the document has them, but for its comments, ellipses and two slips of punctuation.
DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parent / "examples.json").read_text())
IMAGES = "http://www.yf_shop.com/yf_shop/image.php/shop/data/upload/media/1/1/image/20160730"
CITIES = ("上海", "北京", "天津", "重庆", "石家庄", "太原", "沈阳", "长春", "哈尔滨", "南京", "杭州", "合肥", "福州")
CONTRACTS = (("21", 1, "七天退货", 53), ("22", 3, "破损寄补", 56), ("23", 4, "极速物流", 57), ("24", 2, "品质承诺", 58))

CATEGORIES = (
    Category(id=12, name="生活服务", kind=Kind.PHYSICAL),
    Category(id=33, name="收藏用品", kind=Kind.PHYSICAL, parent_id=12),
    Category(id=24, name="拼团嗨歌", kind=Kind.VIRTUAL),
    Category(id=34, name="量贩", kind=Kind.VIRTUAL, parent_id=24),
)
AREAS = (
    *(Area(id=15 + place, name=name) for place, name in enumerate(CITIES[:10])),
    *(Area(id=30 + place, name=name) for place, name in enumerate(CITIES[10:])),
    Area(id=25, name="浦东新区", parent_id=15),
)
PRICE_RANGE = PriceRange(id=4, name="0-100", start=0, end=10000)
SHOP = Shop(
    id=1,
    name="阿飞达lalal",
    contracts=tuple(
        Contract(id=int(number), type_id=type_id, type_name=name, log_id=log_id) for number, type_id, name, log_id in CONTRACTS
    ),
)

OFFER_252: dict[str, Any] = {
    "groupbuy_id": 252,
    "groupbuy_name": "测试虚拟团购",
    "groupbuy_starttime": "2016-07-30 02:43:00",
    "groupbuy_endtime": "2016-08-24 21:43:00",
    "goods_id": 177,
    "common_id": 96,
    "goods_name": "中国电信 3G号卡 乐享3G上网版69元月租赠798元话费！",
    "shop_id": 1,
    "shop_name": "阿飞达lala",
    "goods_price": 100,
    "groupbuy_price": 30,
    "groupbuy_rebate": 0,
    "groupbuy_virtual_quantity": 300,
    "groupbuy_upper_limit": 2,
    "groupbuy_buyer_count": 0,
    "groupbuy_buy_quantity": 0,
    "groupbuy_intro": "<p>团购图文详情介绍</p>",
    "groupbuy_state": 2,
    "groupbuy_recommend": 1,
    "groupbuy_type": 2,
    "groupbuy_views": 4,
    "groupbuy_cat_id": 24,
    "groupbuy_scat_id": 0,
    "groupbuy_city_id": 0,
    "groupbuy_area_id": 25,
    "groupbuy_image": f"{IMAGES}/1469889862171309.jpg",
    "groupbuy_image_rec": f"{IMAGES}/1469889884102015.jpg",
    "groupbuy_remark": "测试虚拟团购",
    "id": 252,
}
LABELS_252: dict[str, Any] = {
    "groupbuy_recommend_label": "是",
    "groupbuy_state_label": "正常",
    "groupbuy_type_label": "虚拟商品",
    "reduce": 70,
    "rate": "3.00",
}
OFFER_251 = {
    **OFFER_252,
    "groupbuy_id": 251,
    "groupbuy_name": "测试线上团购",
    "goods_name": "护币袋一百枚",
    "goods_price": 59.9,
    "groupbuy_price": 19.95,
    "groupbuy_upper_limit": 0,
    "groupbuy_recommend": 0,
    "groupbuy_type": 1,
    "groupbuy_cat_id": 12,
    "groupbuy_scat_id": 33,
    "groupbuy_area_id": 0,
    "id": 251,
}
LABELS_251 = {**LABELS_252, "groupbuy_recommend_label": "否", "groupbuy_type_label": "实物", "reduce": 39.95, "rate": "3.33"}


def listed(offer: dict[str, Any], labels: dict[str, Any], views: int = 3) -> dict[str, Any]:
    return {**offer, "groupbuy_views": views, **labels}


def category(number: int, name: str, parent_id: int, kind: int) -> dict[str, Any]:
    return {
        "groupbuy_cat_id": number,
        "groupbuy_cat_name": name,
        "groupbuy_cat_parent_id": parent_id,
        "groupbuy_cat_sort": 0,
        "groupbuy_cat_deep": 0,
        "groupbuy_cat_type": kind,
        "id": number,
        "groupbuy_cat_type_label": "实物" if kind == 1 else "虚拟商品",
        "is_leaf": parent_id == 0,
    }


def area(number: int, name: str, parent_id: int = 0) -> dict[str, Any]:
    return {
        "groupbuy_area_id": number,
        "groupbuy_area_name": name,
        "groupbuy_area_parent_id": parent_id,
        "groupbuy_area_sort": 0,
        "groupbuy_area_deep": 0,
        "id": number,
    }


CITY_PAGE = {
    "page": 0,
    "total": 2,
    "totalsize": 13,
    "records": 13,
    "items": [area(one.id, one.name) for one in AREAS[:12]],
}
PRICE_RANGES = {"4": {"range_id": 4, "range_name": "0-100", "range_start": 0, "range_end": 100, "id": 4}}


def page_set(page: int, *items: dict[str, Any]) -> dict[str, Any]:
    return {"page": page, "total": min(1, len(items)), "totalsize": len(items), "records": len(items), "items": list(items)}


async def make_catalogue(api: Api, clock: HandClock) -> None:
    """The document's data, while its offers run; each was looked at three times."""
    clock.moment = moment("2016-08-01 12:00:00")
    await furnish(api.application, *CATEGORIES, *AREAS, PRICE_RANGE, SHOP)
    for fields in (OFFER_251, OFFER_252):
        await make_offer(
            api.application,
            id=fields["groupbuy_id"],
            name=fields["groupbuy_name"],
            kind=Kind(fields["groupbuy_type"]),
            goods_id=fields["goods_id"],
            common_id=fields["common_id"],
            goods_name=fields["goods_name"],
            shop_name=fields["shop_name"],
            goods_price=round(fields["goods_price"] * 100),
            price=round(fields["groupbuy_price"] * 100),
            start_at=moment(fields["groupbuy_starttime"]),
            end_at=moment(fields["groupbuy_endtime"]),
            virtual_quantity=fields["groupbuy_virtual_quantity"],
            upper_limit=fields["groupbuy_upper_limit"],
            intro=fields["groupbuy_intro"],
            is_recommended=fields["groupbuy_recommend"] == 1,
            views=3,
            category_id=fields["groupbuy_cat_id"],
            subcategory_id=fields["groupbuy_scat_id"],
            area_id=fields["groupbuy_area_id"],
            image=fields["groupbuy_image"],
            image_rec=fields["groupbuy_image_rec"],
            remark=fields["groupbuy_remark"],
        )


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE)


async def test_the_front_page(api: Api, clock: HandClock) -> None:
    await make_catalogue(api, clock)
    assert as_text(await ask(api, "index")) == as_text(
        {
            "goods": {
                "physical": page_set(0, listed(OFFER_251, LABELS_251)),
                "virtual": page_set(0, listed(OFFER_252, LABELS_252)),
            },
            "cat": {
                "physical": {"12": category(12, "生活服务", 0, 1)},
                "virtual": {"24": category(24, "拼团嗨歌", 0, 2)},
            },
            "area": CITY_PAGE,
        }
    )


async def test_the_list_of_physical_offers(api: Api, clock: HandClock) -> None:
    await make_catalogue(api, clock)
    assert as_text(await ask(api, "groupBuyList")) == as_text(
        {
            "price_range": PRICE_RANGES,
            "groupbuy_goods": page_set(1, listed(OFFER_251, LABELS_251)),
            "groupbuy_cat": {
                "12": {**category(12, "生活服务", 0, 1), "scat": {"33": category(33, "收藏用品", 12, 1)}},
            },
        }
    )


async def test_the_list_of_virtual_offers(api: Api, clock: HandClock) -> None:
    await make_catalogue(api, clock)
    assert as_text(await ask(api, "vrGroupBuyList", city_id=15)) == as_text(
        {
            "location": "上海",
            "child_area": {"25": area(25, "浦东新区", 15)},
            "groupbuy_cat": {
                "24": {**category(24, "拼团嗨歌", 0, 2), "scat": {"34": category(34, "量贩", 24, 2)}},
            },
            "area": CITY_PAGE,
            "price_range": PRICE_RANGES,
            "groupbuy_goods": page_set(1, listed(OFFER_252, LABELS_252)),
        }
    )


async def test_an_empty_list_of_virtual_offers(api: Api, clock: HandClock) -> None:
    await make_catalogue(api, clock)
    found = await ask(api, "vrGroupBuyList", city_id=16)
    assert as_text(found["groupbuy_goods"]) == as_text({"page": 1, "total": 0, "totalsize": 0, "records": 0, "items": []})


async def test_the_detail_of_an_offer(api: Api, clock: HandClock) -> None:
    await make_catalogue(api, clock)
    labels = {"groupbuy_state_label": "正常", "reduce": 70, "rate": "3.00"}
    assert as_text(await ask(api, "detail", id=252)) == as_text(
        {
            "groupbuy_detail": {**OFFER_252, "recommend_label": "是", **labels},
            "cat": {"1": {"id": 24, "name": "拼团嗨歌"}},
            "hot_groupbuy": page_set(0, listed(OFFER_251, LABELS_251), listed(OFFER_252, LABELS_252, views=4)),
            "area": CITY_PAGE,
            "shop": {
                "constract": {
                    number: {
                        "contract_id": int(number),
                        "contract_type_id": type_id,
                        "shop_id": 1,
                        "shop_name": "阿飞达lalal",
                        "contract_type_name": name,
                        "contract_state": 1,
                        "contract_use_state": 1,
                        "contract_cash": 0,
                        "contract_log_id": log_id,
                        "id": int(number),
                    }
                    for number, type_id, name, log_id in CONTRACTS
                }
            },
        }
    )


PARAMETERS = {"index": {}, "groupBuyList": {}, "vrGroupBuyList": {"city_id": 15}, "detail": {"id": 252}}


@pytest.mark.parametrize("met", DOCUMENT)
async def test_fields_and_types_are_those_of_the_document(api: Api, clock: HandClock, met: str) -> None:
    await make_catalogue(api, clock)
    asked = {"ctl": "GroupBuy", "met": met, "typ": "json", **PARAMETERS[met]}
    answer = (await api.get("/index.php", query=asked)).json
    assert shape_of(answer) == shape_of(DOCUMENT[met], answer)


async def test_the_values_that_the_document_gives_are_the_answer_s(api: Api, clock: HandClock) -> None:
    await make_catalogue(api, clock)
    given = DOCUMENT["detail"]["data"]
    found = await ask(api, "detail", id=252)
    explained = ("intro", "state", "recommend", "label", "reduce", "rate")  # in words there
    told = {name: value for name, value in given["hot_groupbuy"]["items"][0].items() if not name.endswith(explained)}
    hot = found["hot_groupbuy"]["items"][1]
    assert as_text({name: hot[name] for name in told}) == as_text(told)
    for part in ("cat", "shop"):
        assert as_text(found[part]) == as_text(given[part])
    assert as_text(found["area"]["items"][:1]) == as_text(given["area"]["items"])
    assert {**found["area"], "items": ...} == {**given["area"], "items": ...}


def shape_of(value: Any, answer: Any = None) -> Any:
    """Fields in their order, with the types of their values; of a list or of what is keyed by id, the first stands for all.

    Where the document explains a value in words, any text or number of the answer will do.
    """
    if isinstance(value, list):
        return [shape_of(one, other) for one, other in zip(value[:1], answer or value)]
    if isinstance(value, dict):
        if all(name.isdigit() for name in value):
            others = list((answer or value).values())
            return {"1": shape_of(one, other) for one, other in zip(list(value.values())[:1], others)}
        return [(name, shape_of(one, None if answer is None else answer[name])) for name, one in value.items()]
    if isinstance(value, str) and answer is not None:
        value = answer
    return "number" if type(value) in (int, float) else type(value).__name__

"""团购首页."""
from __future__ import annotations

from server.domain.groupbuy.offers import Kind, State
from tests.api import Api
from tests.catalogue import make_furniture, make_offer
from tests.handlers.groupbuy.asking import ask, names

NOTHING = {"page": 0, "total": 0, "totalsize": 0, "records": 0, "items": []}


async def test_an_empty_catalogue_has_an_empty_front_page(api: Api) -> None:
    assert await ask(api, "index") == {
        "goods": {"physical": NOTHING, "virtual": NOTHING},
        "cat": {"physical": {}, "virtual": {}},
        "area": NOTHING,
    }


async def test_the_front_page_shows_what_runs_recommended_ones_first(api: Api) -> None:
    await make_furniture(api.application)
    await make_offer(api.application, name="推荐", is_recommended=True)
    await make_offer(api.application, name="普通")
    await make_offer(api.application, name="未开始", starts_in=60)
    await make_offer(api.application, name="已结束", closes_in=-60)
    await make_offer(api.application, name="待审核", state=State.AWAITING_REVIEW)
    await make_offer(api.application, name="嗨歌", kind=Kind.VIRTUAL, category_id=24)
    front = await ask(api, "index")
    assert names(front["goods"]["physical"]) == ["推荐", "普通"]
    assert names(front["goods"]["virtual"]) == ["嗨歌"]


async def test_the_front_page_shows_twelve_of_each_kind_and_how_many_there_are(api: Api) -> None:
    for _ in range(13):
        await make_offer(api.application)
    physical = (await ask(api, "index"))["goods"]["physical"]
    assert {**physical, "items": len(physical["items"])} == {"page": 0, "total": 2, "totalsize": 13, "records": 13, "items": 12}


async def test_the_front_page_has_the_top_of_categories_and_areas(api: Api) -> None:
    await make_furniture(api.application)
    front = await ask(api, "index")
    assert {kind: list(categories) for kind, categories in front["cat"].items()} == {"physical": ["12"], "virtual": ["24"]}
    assert [area["groupbuy_area_name"] for area in front["area"]["items"]] == ["上海", "北京"]

"""Small things, by the SDK's functions."""
from __future__ import annotations

from tests.api import Api
from tests.handlers.mall.ordering import hire
from tests.handlers.mall.test_window import put
from tests.mini_program.sdk import Sdk
from tests.mini_program.test_window import sign_in


async def test_small_things(sdk: Sdk, api: Api) -> None:
    operator, alice = await hire(api), await sign_in(sdk, api)
    assert (await sdk.call("jsonList", token=alice.token, type="feedback"))["code"] == 700
    made = await sdk.data_of("jsonSet", token=alice.token, id="", type="feedback", refId=1, content="{}")
    await sdk.data_of("jsonSetV2", token=alice.token, id=made["id"], type="feedback", content='{"a":1}')
    [row] = await sdk.data_of("jsonList", token=alice.token, type="feedback")
    assert (row["refId"], row["jsonData"]) == (1, {"a": 1})
    await sdk.data_of("jsonTopv2", token=alice.token, id=made["id"], isTop=True)
    await sdk.data_of("jsonHighlightv2", token=alice.token, id=made["id"], isHighlight=True)
    await sdk.data_of("jsonTop", alice.token, made["id"], False)
    await sdk.data_of("jsonHighlight", alice.token, made["id"], False)
    page = await sdk.data_of("jsonListV3", token=alice.token, type="feedback", page=1, pageSize=1)
    assert (page["totalRow"], page["result"][0]["isTop"]) == (1, False)
    await sdk.data_of("jsonDelete", alice.token, made["id"])
    assert (await sdk.call("jsonDeleteV2", token=alice.token, id=made["id"]))["code"] == 700
    assert await sdk.data_of("uniqueId") == 1
    await put(api, operator, "link-hosts", host="www.example.com")
    assert "/s/" in await sdk.data_of("shortUrl", "https://www.example.com/")
    assert await sdk.data_of("mapDistance", 30.27, 120.15, 30.3, 120.2) > 0
    assert (await sdk.call("mapQQAddress", "30.27,120.15"))["code"] == 800  # nobody has a key
    assert (await sdk.call("mapQQAddressV2", "a-key", "30.27,120.15"))["code"] == 800
    assert (await sdk.call("mapQQSearch", keyword="咖啡", boundary="region(北京,0)"))["code"] == 800
    assert (await sdk.data_of("queryMobileLocation", "13800138000"))["province"] == "北京市"
    assert (await sdk.data_of("nextMobileSegment", segment="0", cityName="杭州"))["cityName"] == "杭州市"
    await put(api, operator, "bar-codes", code="6901234567892", name="墨水")
    assert (await sdk.data_of("queryBarcode", "6901234567892"))["goodsName"] == "墨水"

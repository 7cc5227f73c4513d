"""Coupons, points, levels, cards and activities, by the SDK's functions."""
from __future__ import annotations

from typing import Any

from server.domain.accounts.users import Role, User
from tests.api import Api
from tests.builders import make_user
from tests.mini_program.sdk import Sdk

OPS = "/api/ops/mall"


async def put(api: Api, operator: User, noun: str, **terms: Any) -> Any:
    return (await api.post(f"{OPS}/{noun}", as_user=operator, json=terms)).json["data"]


async def hire(api: Api) -> User:
    return await make_user(api.application, "op", roles=[Role.OPERATOR])


async def sign_in(sdk: Sdk, name: str = "alice") -> tuple[str, int]:
    found = await sdk.data_of("authorize", code=name)
    return found["token"], found["uid"]


async def test_coupons_are_taken_exchanged_merged_and_sent(sdk: Sdk, api: Api) -> None:
    operator, (token, _), (_, bob) = await hire(api), await sign_in(sdk), await sign_in(sdk, "bob")
    assert (await sdk.call("coupons", token=token))["code"] == (await sdk.call("myCoupons", token=token))["code"] == 700
    terms = {"name": "减5元", "least": 500, "most": 500, "total": 10, "per_person": 0, "valid_days": 10, "goods_ids": [1]}
    rule = await put(api, operator, "coupon-rules", **terms)
    dear = await put(api, operator, "coupon-rules", **{**terms, "name": "付费券", "price": 200, "password": "芝麻"})
    assert [one["id"] for one in await sdk.data_of("coupons", token=token)] == [rule["id"], dear["id"]]
    detail = await sdk.data_of("couponDetail", rule["id"])
    assert detail["couponRefs"] == [{"type": 1, "refId": 1}]
    await sdk.data_of("fetchCoupons", id=rule["id"], token=token, pwd="")
    assert (await sdk.call("fetchCoupons", id=dear["id"], token=token, pwd="芝麻"))["data"] == 2
    await api.post(f"{OPS}/coupon-rules/{rule['id']}/print", as_user=operator, json={"number": 1})
    [code] = (await api.get(f"{OPS}/coupon-codes", as_user=operator)).data["list"]
    await sdk.data_of("exchangeCoupons", token, code["number"], code["password"])
    parts = {"taken": [{"rule_id": rule["id"], "number": 2}], "made": [{"rule_id": dear["id"]}]}
    merge = await put(api, operator, "coupon-merges", name="二合一", **parts)
    assert [one["id"] for one in await sdk.data_of("mergeCouponsRules")] == [merge["id"]]
    ids = ",".join(str(one["id"]) for one in await sdk.data_of("myCoupons", token=token, status=0))
    await sdk.data_of("mergeCoupons", token=token, mergeId=merge["id"], couponIds=ids)
    [made] = await sdk.data_of("myCoupons", token=token, status=0)
    await sdk.data_of("sendCoupons", token=token, id=made["id"], uid=bob)
    assert (await sdk.call("myCoupons", token=token, status=0))["code"] == 700


async def test_points_and_growth(sdk: Sdk, api: Api) -> None:
    operator, (token, uid) = await hire(api), await sign_in(sdk)
    assert (await sdk.call("scoreTodaySignedInfo", token))["code"] == 700
    await put(api, operator, "sign-rules", days=1, points=5)
    await put(api, operator, "points-gifts", code="goodReputation", points=2)
    await put(api, operator, "points-deductions", kind=1, points=10, worth=3)
    voucher = await put(api, operator, "points-vouchers", points=300)
    assert await sdk.data_of("scoreSignRules") == [{"continuous": 1, "score": 5}]
    await sdk.data_of("scoreSign", token)
    assert (await sdk.call("scoreSign", token))["code"] == 10000
    assert (await sdk.data_of("scoreTodaySignedInfo", token))["continuous"] == 1
    assert len((await sdk.data_of("scoreSignLogs", token=token))["result"]) == 1
    assert (await sdk.data_of("scoreRules", code="goodReputation"))[0]["score"] == 2
    assert (await sdk.call("scoreExchange", token, "nonsense"))["code"] == 700
    assert (await sdk.data_of("scoreExchange", token, voucher["number"]))["score"] == 300
    assert (await sdk.call("scoreExchange", token, voucher["number"]))["data"]["msg"]
    assert (await sdk.data_of("scoreDeductionRules", 1))[0]["money"] == 3
    assert await sdk.data_of("exchangeScoreToGrowthV2", token=token, deductionScore=20) == 6
    assert (await sdk.data_of("growthLogsV2", token=token))["result"][0]["growth"] == 6
    assert (await sdk.data_of("scoreLogs", token=token))["totalRow"] == 3
    assert await sdk.data_of("shareGroupGetScore", "bob", uid, "group", "iv") == 0


async def test_levels_cards_and_activities(sdk: Sdk, api: Api) -> None:
    operator, (token, uid) = await hire(api), await sign_in(sdk)
    assert (await sdk.call("userLevelList", page=1))["code"] == (await sdk.call("cardMyList", token))["code"] == 700
    level = await put(api, operator, "levels", name="金卡", rank=1, percent=85)
    price = await put(api, operator, "level-prices", level_id=level["id"], duration=1, span=2, price=100)
    await put(api, operator, "adjustments", user_id=uid, balance=100, remark="补偿")
    assert (await sdk.data_of("userLevelList", page=1))["result"][0]["rebate"] == 8.5
    assert (await sdk.data_of("userLevelDetail", level["id"]))["info"]["name"] == "金卡"
    assert [one["id"] for one in await sdk.data_of("userLevelPrices", level["id"])] == [price["id"]]
    await sdk.data_of("userLevelBuy", token, price["id"], False)
    assert (await sdk.data_of("userLevelBuyLogs", token=token))["result"][0]["levelId"] == level["id"]
    assert (await sdk.data_of("userDetail", token))["userLevel"]["id"] == level["id"]
    card = await put(api, operator, "cards", user_id=uid, name="水卡", amount=1200)
    assert (await sdk.data_of("cardMyList", token))[0]["amount"] == 12
    assert (await sdk.data_of("cardMyLogs", token=token, cardId=card["id"]))["result"][0]["balance"] == 12
    activity = await put(api, operator, "activity-pages", title="大促")
    assert (await sdk.data_of("activityMallInfoInfo", id=activity["id"]))["info"]["title"] == "大促"

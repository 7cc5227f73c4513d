"""What members do beside buying, by the SDK's functions."""
from __future__ import annotations

import json

from tests.api import Api
from tests.handlers.mall.community import put_up
from tests.handlers.mall.ordering import act, hire
from tests.mini_program.sdk import Sdk
from tests.mini_program.test_people import sign_in


async def test_a_place_is_booked(sdk: Sdk, api: Api) -> None:
    made = await put_up(api, await hire(api), "activities", title="体检", fee=2000, places=2, takes_teams=True)
    token = await sign_in(sdk)
    assert [row["id"] for row in (await sdk.data_of("yuyueItems", page=1))["result"]] == [made["id"]]
    assert (await sdk.data_of("yuyueItemDetail", made["id"]))["info"]["amount"] == 20
    booked = await sdk.data_of(
        "yuyueJoin", token=token, yuyueId=made["id"], extJsonStr=json.dumps({"姓名": "严"}), remark="上午", teamName="一队"
    )
    assert (await sdk.data_of("yuyueMyJoinLogs", token=token))["result"][0]["id"] == booked["id"]
    assert (await sdk.data_of("yuyueMyJoinInfo", token, booked["id"]))["extJson"] == {"姓名": "严"}
    await sdk.data_of("yuyueJoinUpdate", token, booked["id"], "{}")
    [team] = (await sdk.data_of("yuyueTeams", yuyueId=made["id"]))["result"]
    assert (await sdk.data_of("yuyueTeamDetail", team["id"]))["name"] == "一队"
    assert (await sdk.data_of("yuyueTeamMembers", teamId=team["id"]))["totalRow"] == 1
    assert (await sdk.call("yuyueTeamDeleteMember", token=token, joinId=booked["id"]))["code"] == 1000


async def test_a_number_is_taken_and_called(sdk: Sdk, api: Api) -> None:
    operator = await hire(api)
    queue = await put_up(api, operator, "queues", name="小桌")
    token = await sign_in(sdk)
    assert (await sdk.data_of("queuingTypes"))[0]["id"] == queue["id"]
    assert (await sdk.call("queuingMy", token, queue["id"]))["code"] == 700
    await sdk.data_of("queuingGet", token, queue["id"], "13800138000")
    await act(api, operator, "queues", queue["id"], "call-next")
    [own] = await sdk.data_of("queuingMy", token, queue["id"])
    assert (own["queuingLog"]["status"], own["queuingUpType"]["curNumber"]) == (1, 1)


async def test_a_vote_is_cast(sdk: Sdk, api: Api) -> None:
    poll = await put_up(api, await hire(api), "polls", title="最美", options=[{"title": "甲"}, {"title": "乙"}], most=2)
    token = await sign_in(sdk)
    assert (await sdk.data_of("voteItems", showItems=True))["result"][0]["items"][1]["title"] == "乙"
    assert (await sdk.call("myVote", token, poll["id"]))["code"] == 700
    await sdk.data_of("vote", token, poll["id"], [1, 2], "好看")
    assert (await sdk.data_of("myVote", token, poll["id"]))["items"] == "1,2"
    assert (await sdk.data_of("voteItemDetail", poll["id"]))["items"][0]["number"] == 1
    assert (await sdk.data_of("voteLogs", voteId=poll["id"]))["result"][0]["nick"] == "alice"


async def test_people_find_and_write_to_each_other(sdk: Sdk, api: Api) -> None:
    operator, token, other = await hire(api), await sign_in(sdk), await sign_in(sdk, "bob")
    alice, bob = [(await sdk.data_of("userDetail", one))["base"]["id"] for one in (token, other)]
    assert (await sdk.call("messageList", token=token))["code"] == 700
    await put_up(api, operator, "letters", user_id=alice, title="你好", content="欢迎")
    [letter] = (await sdk.data_of("messageList", token=token))["result"]
    await sdk.data_of("messageRead", token, letter["id"])
    assert (await sdk.data_of("messageList", token=token, isRead=True))["totalRow"] == 1
    await sdk.data_of("messageDelete", token, letter["id"])
    await put_up(api, operator, "settings", key="ALLOW_VIEW_FRIEND", value="1")
    await sdk.data_of("addFriend", token, bob)
    assert [row["uids"] for row in (await sdk.data_of("friendList", token=token))["result"]] == [bob]
    assert (await sdk.data_of("friendUserDetail", token, bob))["base"] == {"id": bob, "nick": "bob"}
    assert (await sdk.data_of("dynamicUserCode", token)).isdigit()
    await sdk.data_of("userDelete", token)
    assert (await sdk.call("checkToken", token))["code"] == 2000


async def mail_code(sdk: Sdk, api: Api, address: str) -> str:
    """What the mail that is asked for says."""
    await sdk.data_of("mailValidateCode", address)
    [code] = [one.code for one in await api.application.services.mall.verification.list_waiting() if one.target == address]
    return code


async def test_people_come_in_by_names_and_from_elsewhere(sdk: Sdk, api: Api) -> None:
    made = await sdk.data_of("register_username", username="alice1", pwd="abc123", autoLogin=True)
    assert (await sdk.call("register_username", username="alice1", pwd="abc123"))["code"] == 10000
    signed_in = await sdk.data_of("login_username", username="alice1", pwd="abc123", deviceId="d", deviceName="n")
    assert signed_in["uid"] == made["uid"]
    await sdk.data_of("bindUsername", made["token"], "alice1", "")
    await sdk.data_of("bindEmail", made["token"], "a@example.com", await mail_code(sdk, api, "a@example.com"), "new456")
    signed_in = await sdk.data_of("login_email", email="a@example.com", pwd="new456", deviceId="d", deviceName="n")
    assert signed_in["uid"] == made["uid"]
    assert (await sdk.call("resetPwdUseEmailCode", "a@example.com", "abc123", "000000"))["code"] == 10001
    newcomer = {"email": "b@example.com", "pwd": "abc123", "code": await mail_code(sdk, api, "b@example.com"), "autoLogin": True}
    assert (await sdk.data_of("register_email", **newcomer))["uid"] != made["uid"]
    for log_in, register in (("wxOpenLogin", "wxOpenRegister"), ("aliappUserLogin", "aliappUserRegister")):
        assert (await sdk.call(log_in, code="elsewhere"))["code"] == 10000
        await sdk.data_of(register, code="elsewhere")
    await sdk.data_of("wxappServiceAuthorize", code="alice")
    served = await sdk.data_of("wxappServiceLogin", code="alice")
    sealed = {"code": "13800138000", "encryptedData": "e", "iv": "i"}
    assert await sdk.data_of("wxappServiceBindMobile", token=served["token"], **sealed) == "13800138000"

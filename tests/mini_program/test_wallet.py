"""Wallets filled, emptied and spent from, by the SDK's functions."""
from __future__ import annotations

import json
from typing import Any

from tests.api import Api
from tests.handlers.mall.ordering import OPS, act, hire
from tests.mini_program.sdk import Sdk
from tests.mini_program.test_ordering import pay


async def sign_in(sdk: Sdk) -> tuple[str, int]:
    given = await sdk.data_of("authorize", code="alice")
    return given["token"], given["uid"]


async def give(api: Api, uid: int, balance: int) -> None:
    operator = await hire(api)
    terms = {"user_id": uid, "balance": balance, "remark": "充值"}
    assert (await api.post(f"{OPS}/adjustments", as_user=operator, json=terms)).status == 200


async def rule(api: Api, noun: str, **terms: Any) -> None:
    assert (await api.post(f"{OPS}/{noun}", as_user=await hire(api), json=terms)).status == 200


async def test_a_recharge_with_its_gift(sdk: Sdk, api: Api) -> None:
    token, _ = await sign_in(sdk)
    assert (await sdk.call("rechargeSendRules"))["code"] == 700
    await rule(api, "recharge-rules", threshold=10_000, gift=1000)
    assert [(one["confine"], one["send"]) for one in await sdk.data_of("rechargeSendRules")] == [(100, 10)]
    await pay(api, (await sdk.data_of("wxpay", token=token, money=100))["outTradeId"])
    assert (await sdk.data_of("userAmount", token))["balance"] == 110


async def test_withdrawals_are_refused_and_paid(sdk: Sdk, api: Api) -> None:
    token, uid = await sign_in(sdk)
    await give(api, uid, 10_000)
    operator = await hire(api)
    await sdk.data_of("withDrawApply", token, 10)
    await sdk.data_of("withDrawApplyV2", token=token, money=20)
    await sdk.data_of("withDrawApplyV3", token=token, money=30, pwd="", name="")
    assert (await act(api, operator, "withdrawals", 1, "refuse", reason="账号不符")).status == 200
    assert (await act(api, operator, "withdrawals", 2, "settle", receipt="银行")).status == 200
    amount = await sdk.data_of("userAmount", token)
    assert (amount["balance"], amount["freeze"], amount["totalWithdraw"]) == (50, 30, 20)
    rows = (await sdk.data_of("withDrawLogsV2", token=token, page=1))["result"]
    assert [(row["status"], row.get("rejectionReason")) for row in rows] == [(0, None), (1, None), (2, "账号不符")]
    assert [row["id"] for row in await sdk.data_of("withDrawLogs", token=token)] == [3, 2, 1]
    assert (await sdk.data_of("withDrawDetail", token, 3))["money"] == 30
    refused = await sdk.call("wxpayRequestMerchantTransferV2", token=token, number=rows[0]["number"])
    assert refused["code"] == 20000


async def test_deposits_are_paid_and_given_back(sdk: Sdk, api: Api) -> None:
    token, uid = await sign_in(sdk)
    short = await sdk.call("payDepositV2", token=token, amount=100)
    assert (short["code"], short["data"]) == (40000, 100)
    [waiting] = (await sdk.data_of("depositListV2", token=token))["result"]
    assert waiting["status"] == -1
    assert (await sdk.call("payStatusDepositV2", token=token, id=waiting["id"]))["code"] == 40000
    purpose = json.dumps({"type": 5, "amount": "100"})
    await pay(api, (await sdk.data_of("wxpay", token=token, money=100, nextAction=purpose))["outTradeId"])
    assert (await sdk.data_of("depositInfoV2", token, waiting["id"]))["info"]["status"] == 1
    await sdk.data_of("depositBackApplyV2", token, waiting["id"])
    assert (await act(api, await hire(api), "deposits", waiting["id"], "return")).status == 200
    assert (await sdk.data_of("userAmount", token))["balance"] == 100
    await sdk.data_of("payDeposit", token=token, amount=60, remark="押金")
    assert [one["status"] for one in (await sdk.data_of("depositList", token=token))["result"]] == [1, 2]
    assert (await sdk.data_of("depositInfo", token, 2))["info"]["amount"] == 60
    await sdk.data_of("depositBackApply", token, 2)


async def test_a_bill_with_the_pay_password(sdk: Sdk, api: Api) -> None:
    token, uid = await sign_in(sdk)
    await give(api, uid, 20_000)
    await rule(api, "bill-discounts", threshold=10_000, discount=1500)
    await rule(api, "settings", key="balance_pay_pwd", value="1")
    assert [one["consume"] for one in await sdk.data_of("payBillDiscounts")] == [100]
    await sdk.data_of("setPayPassword", token, "123456")
    await sdk.data_of("modifyPayPassword", token, "123456", "654321")
    assert (await sdk.data_of("payBillV2", token=token, money=120, calculate=True))["realMoney"] == 105
    assert (await sdk.call("payBill", token, 120, "123456"))["code"] == 20006
    await sdk.data_of("payBill", token, 120, "654321")
    assert (await sdk.data_of("userAmount", token))["balance"] == 95
    mobile = "13912345678"
    await sdk.data_of("bindMobileWxappV2", token, mobile, "")
    await sdk.data_of("smsValidateCodeByToken", token)
    [waiting] = (await api.get(f"{OPS}/codes", as_user=await hire(api), query={"target": mobile})).data
    await sdk.data_of("resetPayPassword", mobile, waiting["code"], "222222")
    await sdk.data_of("payBillV2", token=token, money=10, pwd="222222")
    assert (await sdk.data_of("userDetail", token))["base"]["pwdPay"] == "yes"


async def test_who_somebody_is(sdk: Sdk) -> None:
    token, _ = await sign_in(sdk)
    assert (await sdk.call("idcardCheck", token, "张三", "123"))["code"] == 30000
    await sdk.data_of("idcardCheck", token, "张三", "11010519491231002X")
    detail = await sdk.data_of("userDetail", token)
    assert detail["base"]["isIdcardCheck"] and detail["idcard"] == {"name": "张三", "idcard": "110105**********2X"}


async def test_an_invoice_is_issued(sdk: Sdk, api: Api) -> None:
    token, _ = await sign_in(sdk)
    wanted = {"comName": "藏品公司", "tfn": "91330000X", "amount": 128.5, "consumption": "藏品", "email": "a@example.com", "remark": ""}
    await sdk.data_of("invoiceApply", token=token, **wanted, extJsonStr=json.dumps({"开户行": "工行"}))
    [row] = (await sdk.data_of("invoiceList", token=token))["result"]
    assert (row["status"], row["amount"]) == (0, 128.5)
    issued = await act(api, await hire(api), "invoices", row["id"], "issue", file="https://files.example/1.pdf")
    assert issued.status == 200
    detail = await sdk.data_of("invoiceDetail", token, row["id"])
    assert (detail["info"]["status"], detail["info"]["file"], detail["extJson"]) == (3, "https://files.example/1.pdf", {"开户行": "工行"})

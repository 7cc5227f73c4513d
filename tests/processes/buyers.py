"""Buyers that never give up: each takes a coupon, orders with it and with points, pays from the wallet or on line, closes, sends back, buys
in groups, recharges or withdraws, and asks again until it is answered."""
from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

import psutil
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from server.domain.mall.payments.payment import PaymentStatus, PurposeState
from server.domain.mall.wallet.withdrawals import WithdrawalState
from tests.processes.server import ROOT, ServerProcess
from tests.services import environment_of

RETRY_SECONDS = 0.05
PATIENCE_SECONDS = 120
PIECES = 10**6
PRICE, FILLING = 1.0, 1_000_000.0  # yuan
COUPONS = {"name": "减3毛", "least": 30, "most": 30, "total": PIECES, "per_person": 0, "valid_days": 10}
DATABASE_AWAY, MET_OTHERS, NOTHING_TO_PAY = 800, 900, 20000  # the first two ask to try again
COUPON_UNUSABLE = 30000
GROUPS = "/shop/goods/pingtuan"
WAYS = ("wallet", "refund", "on line", "group", "receive", "close", "return", "recharge", "group", "withdraw")
POINTS, SPENT, GIVEN = 100_000, 5, 3  # at first, on an order, and what a piece brings


class Buyers:
    """On one goods, and one that is bought in groups. `paid`, `placed`, `closed`, `received` and `refunded` are orders, `settled` payments
    and `withdrawn` withdrawals, as somebody was told of them; `done` counts by the way."""

    def __init__(self, server: ServerProcess):
        self._server = server
        self._ways = itertools.cycle(WAYS)
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._changed = asyncio.Condition()
        self._groups: list[int] = []  # whose leader has paid, and that nobody has joined
        self.placed: list[int] = []
        self.paid: list[int] = []
        self.closed: list[int] = []
        self.received: list[int] = []
        self.refunded: list[int] = []
        self.settled: list[str] = []
        self.withdrawn: list[int] = []
        self.done = Counter[str]()
        self.interrupted = 0

    async def start(self, count: int) -> None:
        command = [sys.executable, "run.py", "operator", "op"]
        environment = environment_of(self._server.config)
        made = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        self._operator = made.stdout.strip()
        category = await self._work("categories", {"name": "杯具"})
        terms = {"category_id": category["id"], "pictures": ["https://pictures.example/1.png"], "price": int(PRICE * 100), "stock": PIECES}
        self._goods = json.dumps([{"goodsId": (await self._work("goods", {**terms, "name": "白瓷杯", "given": GIVEN}))["id"], "number": 1}])
        grouped = await self._work("goods", {**terms, "name": "拼团杯", "is_grouped": True, "group_price": 90})
        ends_at = (datetime.now(timezone.utc) + timedelta(days=1)).isoformat()
        await self._work("group-offers", {"goods_id": grouped["id"], "people": 2, "hours": 1, "ends_at": ends_at})
        self._grouped_id, self._grouped = grouped["id"], json.dumps([{"goodsId": grouped["id"], "number": 1}])
        await self._work("points-deductions", {"points": 1, "worth": 1})
        self._rule_id = (await self._work("coupon-rules", COUPONS))["id"]
        tokens = [await self._sign_in(f"buyer {number}") for number in range(count)]
        self._tasks = [asyncio.create_task(self._buy(token)) for token in tokens]

    async def until_paid(self, more: int) -> None:
        """Until so many more orders have been paid."""
        wanted = len(self.paid) + more
        await self._until(lambda: len(self.paid) >= wanted)

    async def until_each_way(self) -> None:
        """Until somebody has gone each of them."""
        await self._until(lambda: all(self.done[way] for way in WAYS))

    async def _until(self, is_so: Callable[[], bool]) -> None:
        async with self._changed:
            is_over = self._changed.wait_for(lambda: is_so() or any(task.done() for task in self._tasks))
            await asyncio.wait_for(is_over, PATIENCE_SECONDS)
        for task in self._tasks:
            if task.done():
                task.result()  # one that met what it did not expect

    async def stop(self) -> None:
        """Every buyer gets the answer that is on its way."""
        self._stopping.set()
        await asyncio.wait_for(asyncio.gather(*self._tasks), PATIENCE_SECONDS)

    # ---- one buyer

    async def _sign_in(self, name: str) -> str:
        token = (await self._ask("/user/wxapp/authorize", code=name))["data"]["token"]
        await self._settle(await self._ask("/pay/wx/wxapp", token=token, money=FILLING))
        voucher = await self._work("points-vouchers", {"points": POINTS})
        assert (await self._ask("/score/exchange", token=token, number=voucher["number"]))["code"] in (0, NOTHING_TO_PAY)
        return token

    async def _buy(self, token: str) -> None:
        while not self._stopping.is_set():
            way = next(self._ways)
            if way == "recharge":
                await self._settle(await self._ask("/pay/wx/wxapp", token=token, money=PRICE))
            elif way == "withdraw":
                await self._withdraw(token)
            elif way == "group":
                await self._buy_in_group(token)
            else:
                await self._order(token, way)
            async with self._changed:
                self.done[way] += 1
                self._changed.notify_all()

    async def _order(self, token: str, way: str) -> None:
        coupon = await self._ask("/discounts/fetch", token=token, id=self._rule_id)
        assert coupon["code"] == 0, coupon
        wanted = {"token": token, "goodsJsonStr": self._goods, "deductionScore": SPENT}
        placed = await self._ask("/order/create", **wanted, couponId=coupon["data"]["id"])
        if placed["code"] == COUPON_UNUSABLE:  # used by a try whose answer did not come
            placed = await self._ask("/order/create", **wanted)
        assert placed["code"] == 0, placed
        order_id = placed["data"]["id"]
        self.placed.append(order_id)
        if way == "close":
            assert (await self._ask("/order/close", token=token, orderId=order_id))["code"] in (0, NOTHING_TO_PAY)
            self.closed.append(order_id)
        elif way == "on line":
            purpose = json.dumps({"type": 0, "id": order_id})
            await self._settle(await self._ask("/pay/wx/wxapp", token=token, money=placed["data"]["amountReal"], nextAction=purpose))
            self.paid.append(order_id)
        else:
            await self._pay(token, order_id)
        if way in ("receive", "return"):
            await self._act("orders", order_id, "ship", {"carrier": "顺丰", "tracking": "SF1"}, lambda order: order["status"] >= 2)
            assert (await self._ask("/order/delivery", token=token, orderId=order_id))["code"] in (0, NOTHING_TO_PAY)
            self.received.append(order_id)
        if way in ("refund", "return"):
            await self._act("orders", order_id, "refund", {"reason": "不想要了"}, lambda order: order["refunded"] > 0)
            self.refunded.append(order_id)

    async def _pay(self, token: str, order_id: int) -> None:
        # Said to be paid already: by a try whose answer did not come.
        paid = await self._ask("/order/pay", token=token, orderId=order_id)
        assert paid["code"] in (0, NOTHING_TO_PAY), paid
        self.paid.append(order_id)

    async def _buy_in_group(self, token: str) -> None:
        """One that waits for its second member, or a new one."""
        is_new = not self._groups
        asked = await self._ask(f"{GROUPS}/open", token=token, goodsId=self._grouped_id) if is_new else None
        group_id = self._groups.pop() if asked is None else asked["data"]["id"]
        placed = await self._ask("/order/create", token=token, goodsJsonStr=self._grouped, pingtuanOpenId=group_id)
        if placed["code"] != 0:  # a member already, by a try whose answer did not come
            return
        self.placed.append(placed["data"]["id"])
        await self._pay(token, placed["data"]["id"])
        if is_new:
            self._groups.append(group_id)

    async def _withdraw(self, token: str) -> None:
        asked = await self._ask("/user/withdrawal/apply", token=token, money=PRICE)
        assert asked["code"] == 0, asked
        withdrawal_id = asked["data"]["id"]
        await self._act("withdrawals", withdrawal_id, "settle", {}, lambda one: one["state"] == WithdrawalState.PAID.value)
        self.withdrawn.append(withdrawal_id)

    async def _settle(self, asked: dict[str, Any]) -> None:
        """Somebody says that it is paid."""
        number = asked["data"]["outTradeId"]
        [payment] = (await self._until_answered("GET", f"/api/ops/mall/payments?number={number}"))["data"]["list"]
        said = await self._work(f"payments/{payment['id']}/pay", {})
        assert said["status"] == PaymentStatus.PAID.value and said["purpose_state"] != PurposeState.FAILED.value, said
        while said["purpose_state"] == PurposeState.WAITING.value:  # whoever was to serve it has died
            await asyncio.sleep(RETRY_SECONDS)
            said = await self._work(f"payments/{payment['id']}/pay", {})
        self.settled.append(number)

    # ---- asking

    async def _ask(self, path: str, **form: Any) -> dict[str, Any]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self._until_answered("POST", f"/mall{path}", urlencode(form), headers)

    async def _work(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The staff's."""
        headers = {"Content-Type": "application/json"}
        return (await self._until_answered("POST", f"/api/ops/mall/{path}", json.dumps(body), headers))["data"]

    async def _act(self, noun: str, id: int, verb: str, body: dict[str, Any], is_done: Callable[[dict[str, Any]], bool]) -> None:
        """The staff's, to one thing, until it is so: of a try whose answer did not come the next one is told that it cannot be."""
        path = f"/api/ops/mall/{noun}/{id}"
        while await self._ask_once("POST", f"{path}/{verb}", json.dumps(body), {"Content-Type": "application/json"}) is None:
            if is_done((await self._until_answered("GET", path))["data"]):
                return

    async def _until_answered(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        while (answer := await self._ask_once(method, path, body, headers)) is None:
            pass
        return answer

    async def _ask_once(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any] | None:
        """None where it is to be asked again, a moment later."""
        credentials = {"Authorization": f"Bearer {self._operator}"} if path.startswith("/api/ops") else {}
        try:
            response = await AsyncHTTPClient().fetch(
                self._server.url + path,
                method=method,
                body=body,
                headers={**(headers or {}), **credentials},
                raise_error=False,
                connect_timeout=5,
                request_timeout=30,
            )
            if response.code not in (409, 503, 599):  # it met others again and again, is away, or nothing came
                answer = json.loads(response.body)
                assert response.code in (200, 201), answer
                if answer.get("code") not in (DATABASE_AWAY, MET_OTHERS):
                    return answer
        except (OSError, HTTPClientError):
            pass
        self.interrupted += 1
        await asyncio.sleep(RETRY_SECONDS)
        return None


async def kill(server: ServerProcess, what: str) -> None:
    """A worker, the database, or everything: then it is started again."""
    if what == "everything":
        family = server.children()
        server.stop(signal.SIGKILL)  # first: it would start others
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        await asyncio.to_thread(psutil.wait_procs, family)
        server.launch()
        await server.wait_until_ready()
    else:
        for process in server.children("secantusd.py" if what == "database" else "worker")[:1]:
            process.kill()


async def assert_kept(server: ServerProcess, buyers: Buyers) -> None:
    """What was acknowledged is there, and the books agree."""
    async with server.stores() as stores:
        orders = {order.id: order async for order in stores.mall.orders.each_order()}
        withdrawals = {one.id: one for one in await stores.mall.wallet.withdrawals.find_by_ids(buyers.withdrawn)}
        payments = {payment.number: payment async for payment in stores.mall.payments.each_payment()}
    assert [id for id in buyers.placed if id not in orders] == []
    assert [id for id in buyers.paid if orders[id].paid_at is None] == []
    assert [id for id in buyers.closed if orders[id].closed_at is None] == []
    assert [id for id in buyers.received if orders[id].received_at is None] == []
    assert [id for id in buyers.refunded if not orders[id].is_refunded] == []
    assert [id for id in buyers.withdrawn if withdrawals[id].state is not WithdrawalState.PAID] == []
    assert [number for number in buyers.settled if payments[number].status is not PaymentStatus.PAID] == []
    assert len({*buyers.placed}) == len(buyers.placed)
    found = server.verify()
    assert (found["status"], found["mall"]["findings"]) == (0, []), found
    assert found["mall"]["orders"] >= len(buyers.placed)

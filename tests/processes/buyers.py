"""Buyers that never give up: each takes a coupon, orders with it, pays from the wallet or on line, or closes, and asks again until it is
answered."""
from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import signal
import subprocess
import sys
from typing import Any
from urllib.parse import urlencode

import psutil
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from server.domain.mall.payments.payment import PaymentStatus, PurposeState
from tests.processes.server import ROOT, ServerProcess
from tests.services import environment_of

RETRY_SECONDS = 0.05
PATIENCE_SECONDS = 120
PIECES = 10**6
PRICE, FILLING = 1.0, 1_000_000.0  # yuan
COUPONS = {"name": "减3毛", "least": 30, "most": 30, "total": PIECES, "per_person": 0, "valid_days": 10}
DATABASE_AWAY, MET_OTHERS, NOTHING_TO_PAY = 800, 900, 20000  # the first two ask to try again
COUPON_UNUSABLE = 30000
WAYS = ("wallet", "wallet", "on line", "close")


class Buyers:
    """On one goods. `paid` and `placed` are orders, and `settled` payments, as somebody was told of them."""

    def __init__(self, server: ServerProcess):
        self._server = server
        self._ways = itertools.cycle(WAYS)
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._changed = asyncio.Condition()
        self.placed: list[int] = []
        self.paid: list[int] = []
        self.closed: list[int] = []
        self.settled: list[str] = []
        self.interrupted = 0

    async def start(self, count: int) -> None:
        command = [sys.executable, "run.py", "operator", "op"]
        environment = environment_of(self._server.config)
        made = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        self._operator = made.stdout.strip()
        category = await self._work("categories", {"name": "杯具"})
        terms = {"name": "白瓷杯", "category_id": category["id"], "pictures": ["https://pictures.example/1.png"], "price": int(PRICE * 100)}
        self._goods = json.dumps([{"goodsId": (await self._work("goods", {**terms, "stock": PIECES}))["id"], "number": 1}])
        self._rule_id = (await self._work("coupon-rules", COUPONS))["id"]
        tokens = [await self._sign_in(f"buyer {number}") for number in range(count)]
        self._tasks = [asyncio.create_task(self._buy(token)) for token in tokens]

    async def until_paid(self, more: int) -> None:
        """Until so many more orders have been paid."""
        wanted = len(self.paid) + more
        async with self._changed:
            is_over = self._changed.wait_for(lambda: len(self.paid) >= wanted or any(task.done() for task in self._tasks))
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
        return token

    async def _buy(self, token: str) -> None:
        while not self._stopping.is_set():
            coupon = await self._ask("/discounts/fetch", token=token, id=self._rule_id)
            assert coupon["code"] == 0, coupon
            placed = await self._ask("/order/create", token=token, goodsJsonStr=self._goods, couponId=coupon["data"]["id"])
            if placed["code"] == COUPON_UNUSABLE:  # used by a try whose answer did not come
                placed = await self._ask("/order/create", token=token, goodsJsonStr=self._goods)
            assert placed["code"] == 0, placed
            order_id = placed["data"]["id"]
            self.placed.append(order_id)
            way = next(self._ways)
            if way == "close":
                assert (await self._ask("/order/close", token=token, orderId=order_id))["code"] in (0, NOTHING_TO_PAY)
                self.closed.append(order_id)
                continue
            if way == "on line":
                purpose = json.dumps({"type": 0, "id": order_id})
                await self._settle(await self._ask("/pay/wx/wxapp", token=token, money=placed["data"]["amountReal"], nextAction=purpose))
            else:
                # Said to be paid already: by a try whose answer did not come.
                paid = await self._ask("/order/pay", token=token, orderId=order_id)
                assert paid["code"] in (0, NOTHING_TO_PAY), paid
            async with self._changed:
                self.paid.append(order_id)
                self._changed.notify_all()

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

    async def _until_answered(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        credentials = {"Authorization": f"Bearer {self._operator}"} if path.startswith("/api/ops") else {}
        while True:
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
        payments = {payment.number: payment async for payment in stores.mall.payments.each_payment()}
    assert [id for id in buyers.placed if id not in orders] == []
    assert [id for id in buyers.paid if orders[id].paid_at is None] == []
    assert [id for id in buyers.closed if orders[id].closed_at is None] == []
    assert [number for number in buyers.settled if payments[number].status is not PaymentStatus.PAID] == []
    assert len({*buyers.placed}) == len(buyers.placed)
    found = server.verify()
    assert (found["status"], found["mall"]["findings"]) == (0, []), found
    assert found["mall"]["orders"] >= len(buyers.placed)

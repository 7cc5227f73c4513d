"""What the server is measured against, each as plain as it can be.

empty: a Tornado handler that answers a POST or GET with nothing. naive: one findAndModify for each bid, as most tutorials do it.
piece: one for each piece that is ordered.
"""
from __future__ import annotations

import argparse
import asyncio
import json

import uvloop
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection
from pymongo import WriteConcern
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

DATABASE, LOT = "naive", 1


class Empty(RequestHandler):
    """Costs what Tornado costs."""

    def get(self) -> None:
        pass

    def post(self) -> None:
        pass


class Naive(RequestHandler):
    """The lot's document decides; every bid is a write of its own, journalled as ours are."""

    def initialize(self, lots: AsyncIOMotorCollection) -> None:
        self._lots = lots

    async def post(self) -> None:
        offer = json.loads(self.request.body)
        change = {"$set": {"price": offer["price"], "leader": self.request.headers["Idempotency-Key"]}, "$inc": {"seq": 1}}
        lot = await self._lots.find_one_and_update({"_id": LOT, "price": {"$lt": offer["price"]}}, change)
        self.set_status(200 if lot is not None else 409)
        self.write({"price": offer["price"]})


class Piece(RequestHandler):
    """A piece is taken off by a write of its own, journalled; nothing else is kept of an order."""

    def initialize(self, stock: AsyncIOMotorCollection) -> None:
        self._stock = stock

    async def post(self) -> None:
        change = {"$inc": {"free": -1, "held": 1}}
        goods = await self._stock.find_one_and_update({"_id": LOT, "free": {"$gte": 1}}, change)
        self.write({"code": 0 if goods is not None else 1})


async def serve(port: int, mongodb_url: str) -> None:
    client: AsyncIOMotorClient = AsyncIOMotorClient(mongodb_url, maxPoolSize=32)  # as many as the server's
    lots = client[DATABASE].get_collection("lots", write_concern=WriteConcern(w="majority", j=True))
    await lots.update_one({"_id": LOT}, {"$set": {"price": 0, "seq": 0}}, upsert=True)
    stock = client[DATABASE].get_collection("stock", write_concern=WriteConcern(w="majority", j=True))
    await stock.update_one({"_id": LOT}, {"$set": {"free": 10**9, "held": 0}}, upsert=True)
    server = HTTPServer(
        Application(
            [("/empty", Empty), ("/naive", Naive, {"lots": lots}), ("/piece", Piece, {"stock": stock})],
            log_function=lambda handler: None,  # the server measured does without it too
        )
    )
    server.add_sockets(bind_sockets(port, "127.0.0.1"))
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--mongodb-url", required=True)
    parser.add_argument("--loop", choices=("uvloop", "asyncio"), default="uvloop")
    options = parser.parse_args()
    (uvloop.run if options.loop == "uvloop" else asyncio.run)(serve(options.port, options.mongodb_url))

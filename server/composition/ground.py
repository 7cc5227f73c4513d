"""What every area stands on: settings, time, the database, Redis, news, and what is counted."""
from __future__ import annotations

import os
import secrets
import socket

from redis import DriverInfo
from redis.asyncio import Redis

from realtime.announcer import Announcer
from realtime.broker import Broker
from server.config import Config
from server.domain.auctions.floor import Floor
from server.domain.auctions.moments import Moments
from server.domain.clock import Clock
from server.outside.heavy_work import HeavyWork
from server.storage.mongo import Mongo
from server.storage.transactions import MongoTransactions
from server.telemetry.tallies import Tallies

DRIVER = DriverInfo()  # made for each connection it would look the library up on the disk each time


class Ground:
    """Built before the areas and closed after them. `publisher` tells this process's floor and, by `broker`, those of the others."""

    def __init__(self, config: Config, clock: Clock):
        assert config.mongodb_url is not None and config.redis_url is not None
        self.config = config
        self.clock = clock
        self.worker = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self.mongo = Mongo(config.mongodb_url, config.mongodb_database)
        self.transactions = MongoTransactions(self.mongo.database, self.worker)
        self.redis: Redis = Redis.from_url(config.redis_url, socket_timeout=5, socket_connect_timeout=2, driver_info=DRIVER)
        self.heavy_work = HeavyWork()
        self.tallies = Tallies()
        self.moments = Moments(clock)
        self.floor = Floor(clock)
        self.broker = Broker(self.redis, config.mongodb_database, self.worker, secret=config.jwt_secret.encode())
        self.publisher = Announcer(self.floor, self.broker)

    async def close(self) -> None:
        """Sends the last news, then lets go of everything."""
        await self.broker.stop()
        await self.redis.aclose()
        self.heavy_work.close()
        self.mongo.close()

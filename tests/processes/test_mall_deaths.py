"""No acknowledged order, payment, refund, withdrawal or piece is lost or doubled, whatever process dies when."""
from __future__ import annotations

import pytest

from tests.processes.buyers import Buyers, assert_kept, kill
from tests.processes.server import ServerProcess

pytestmark = [pytest.mark.processes, pytest.mark.embedded, pytest.mark.gen_test(timeout=300)]


async def test_a_mall_that_is_killed_under_buyers_keeps_what_it_has_told(server: ServerProcess) -> None:
    """bench/mall_kills.py does the same for twenty rounds."""
    await server.wait_until_ready()
    buyers = Buyers(server)
    await buyers.start(10)
    for what in ("worker", "database", "everything"):
        await buyers.until_paid(8)
        await kill(server, what)
    await buyers.until_each_way()
    await buyers.until_paid(8)
    await buyers.stop()
    assert buyers.interrupted > 0
    await assert_kept(server, buyers)

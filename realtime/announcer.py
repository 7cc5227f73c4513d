"""Domain event → this process's floor, and the channel that brings it to the others."""
from __future__ import annotations

from realtime.broker import Broker
from server.domain.auctions.floor import Floor
from server.domain.events import BidWasRefused, Event, GroupChanged, LotAnnounced, LotChanged


class Announcer:
    """Implements Publisher: own listeners hear at once, other processes over Redis."""

    def __init__(self, floor: Floor, broker: Broker):
        self._floor = floor
        self._broker = broker

    def publish(self, event: Event) -> None:
        self._floor.take(event)
        self._broker.send(channel_of(event), event)


def channel_of(event: Event) -> str:
    """The Redis channel of an event: one for each group, one for all else."""
    if isinstance(event, LotChanged):
        return f"group:{event.state.group_id}"
    if isinstance(event, (LotAnnounced, BidWasRefused)):
        return f"group:{event.group_id}"
    if isinstance(event, GroupChanged):
        return f"group:{event.group.id}"
    return "accounts"

"""What bootstrap asks of an area that does more than answer."""
from __future__ import annotations


class Area:
    """Begins and ends with the server; an area leaves out what it has no need of."""

    async def start(self) -> None:
        """Begins what runs beside the requests. Raises Unavailable if the database does not answer: nothing has begun then."""

    async def drain(self) -> None:
        """Finishes what is in flight, while requests are still answered."""

    async def stop(self) -> None:
        """Ends what runs; what it stands on is still there."""

"""What the database answers, as its client hears of it."""
from __future__ import annotations

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent


class Answers(CommandListener):
    """How many documents each answer of the database held."""

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def started(self, event: CommandStartedEvent) -> None: ...

    def failed(self, event: CommandFailedEvent) -> None: ...

    def succeeded(self, event: CommandSucceededEvent) -> None:
        cursor = event.reply.get("cursor", {})
        self.lengths.append(len(cursor.get("firstBatch", cursor.get("nextBatch", []))))

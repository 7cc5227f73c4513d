"""What operators see of reminders: what was sent and what was not, and why."""
from __future__ import annotations

from server.domain.nouns import Noun
from server.domain.reminders.reminders import Reminder

REMINDERS = Noun(
    area="auctions",
    name="reminders",
    zh="提醒消息",
    en="Reminders",
    made=Reminder,
    id=str,
    label="sn",
    searched=("sn", "id"),
    sorted=("noticed_at", "sent_at", "due_at"),
    filtered=("kind", "state", "because", "user_id", "goods_id", "noticed_at"),
    order=("-noticed_at",),
    is_kept=True,
)

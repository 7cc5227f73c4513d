"""Reminders: bidders who are away hear of what happens to their lots, once, while it matters, and not at night."""

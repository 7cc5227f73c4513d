"""Chapters of what the mall does by WeChat."""

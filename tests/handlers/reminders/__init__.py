"""Tests of the reminders' API, and of what WeChat is sent."""

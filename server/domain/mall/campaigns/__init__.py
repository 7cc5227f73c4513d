"""Campaigns: bargains that friends cut down, and groups that buy together."""

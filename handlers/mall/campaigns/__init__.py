"""Campaigns in the mall's document: bargains and group buying."""

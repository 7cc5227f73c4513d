"""Operators: how they come in, with a second factor, and who they are."""

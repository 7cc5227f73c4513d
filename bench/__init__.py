"""Measurements: each is a script that prints a ratio against a baseline of the same run."""

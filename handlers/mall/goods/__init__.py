"""Chapters about goods."""

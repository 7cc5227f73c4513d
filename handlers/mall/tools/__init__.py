"""Chapters of small things that clients ask the mall for."""

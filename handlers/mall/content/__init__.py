"""Chapters of what is read: articles, pages, comments, partners."""

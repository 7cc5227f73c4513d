"""A real Chromium on a real server."""

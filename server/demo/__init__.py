"""The demo: an auction to look at, and bots that bid in it."""

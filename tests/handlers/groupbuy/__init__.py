"""Tests of handlers/groupbuy."""

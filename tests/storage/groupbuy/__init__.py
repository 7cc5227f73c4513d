"""Tests of server/storage/groupbuy."""

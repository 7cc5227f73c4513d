"""Tests of server/domain/groupbuy."""

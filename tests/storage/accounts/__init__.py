"""Tests of server/storage/accounts."""

"""Tests of server/domain/accounts."""

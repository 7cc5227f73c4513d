"""Tests of server/domain."""

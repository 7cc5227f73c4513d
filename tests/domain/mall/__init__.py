"""Tests of server/domain/mall."""

"""Tests of handlers/ops."""

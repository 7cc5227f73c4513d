"""Tests of handlers/mall."""

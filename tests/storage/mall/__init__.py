"""Tests of storage/mall."""

"""Tests of the API documents."""

"""Tests of the HTTP machine."""

"""Adapters to libraries and to services that are not ours."""

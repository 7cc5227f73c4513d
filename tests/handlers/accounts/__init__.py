"""The accounts document over HTTP."""

"""The mall as its clients use it: the SDK's own functions, called over HTTP."""

"""The live channel: who listens to what, and how news reach them."""

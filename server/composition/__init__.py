"""What is built when a server starts: one module an area, each with a function that makes the area's services of its stores.

`stores` and `ground` hold what the areas stand on, `live` the channel above them all; `server/bootstrap.py` puts them together.
"""

"""订单管理, a file for each part of it."""

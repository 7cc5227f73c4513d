"""What the mall sells and plays beside its goods: virtual goods, raffles, a game; and the steps of couriers."""

"""What lowers prices and rewards members: coupons, points, levels, stored-value cards, activities."""

"""Products and services, and orders: what was sold to whom, delivered, returned, refunded (产品与订单)."""

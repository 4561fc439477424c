from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "guiju.orders"
    verbose_name = "产品与订单"

    def ready(self) -> None:
        from guiju.orders import committed, holdings, kinds, records, rights  # noqa: F401
        from guiju.orders.selectors import orders  # noqa: F401

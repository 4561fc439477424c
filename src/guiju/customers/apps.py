from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "guiju.customers"
    verbose_name = "客户"

    def ready(self) -> None:
        from guiju.customers import committed, holdings, kinds, records, rights  # noqa: F401
        from guiju.customers.services import calling_back, inviting, replaying  # noqa: F401

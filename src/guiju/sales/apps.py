from django.apps import AppConfig


class SalesConfig(AppConfig):
    name = "guiju.sales"
    verbose_name = "销售"

    def ready(self) -> None:
        from guiju.sales import committed, holdings, records, rights  # noqa: F401
        from guiju.sales.selectors import figures, leads  # noqa: F401
        from guiju.sales.services import reminding, todos  # noqa: F401

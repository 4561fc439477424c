from django.apps import AppConfig


class SafekeepingConfig(AppConfig):
    name = "guiju.safekeeping"
    label = "safekeeping"
    verbose_name = "备份"

    def ready(self) -> None:
        from guiju.safekeeping import committed, kinds, rights  # noqa: F401

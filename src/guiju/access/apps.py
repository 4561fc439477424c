from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "guiju.access"
    verbose_name = "权限的使用"

    def ready(self) -> None:
        from guiju.access import committed, kinds, rights  # noqa: F401

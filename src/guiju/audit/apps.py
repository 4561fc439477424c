from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "guiju.audit"
    verbose_name = "审计"

    def ready(self) -> None:
        from guiju.audit import rights  # noqa: F401

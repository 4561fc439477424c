from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "guiju.evidence"
    verbose_name = "存证"

    def ready(self) -> None:
        from guiju.evidence import committed  # noqa: F401

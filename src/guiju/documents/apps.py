from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "guiju.documents"
    verbose_name = "文书"

    def ready(self) -> None:
        from guiju.documents import ready_made  # noqa: F401

from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    name = "guiju.complaints"
    verbose_name = "投诉"

    def ready(self) -> None:
        from guiju.complaints import committed, kinds, ready_made, records, rights  # noqa: F401

from django.apps import AppConfig


class WorkConfig(AppConfig):
    name = "guiju.work"
    verbose_name = "待办与审批"

    def ready(self) -> None:
        from guiju.work import committed, holdings, rights  # noqa: F401

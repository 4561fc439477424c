from django.apps import AppConfig


class WorkConfig(AppConfig):
    name = "guiju.work"
    verbose_name = "待办与审批"

    def ready(self) -> None:
        from guiju.deadlines.registry import ITEMS
        from guiju.work import committed, holdings, rights  # noqa: F401
        from guiju.work.selectors import due_tasks

        ITEMS.append(due_tasks)

from django.apps import AppConfig


class DeadlinesConfig(AppConfig):
    name = "guiju.deadlines"
    verbose_name = "期限"

    def ready(self) -> None:
        from guiju.deadlines import committed, holdings, kinds, rights  # noqa: F401
        from guiju.deadlines.services import signals  # noqa: F401  (it registers what it tells)
        from guiju.deadlines.services.feeds import end_feeds_of
        from guiju.organisations.registry import BECOMING_ADMINISTRATOR

        BECOMING_ADMINISTRATOR.append(end_feeds_of)

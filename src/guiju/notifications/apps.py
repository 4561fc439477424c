from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "guiju.notifications"
    verbose_name = "通知"

    def ready(self) -> None:
        from guiju.notifications import committed, rights  # noqa: F401
        from guiju.notifications.services import codes, digests, replaying  # noqa: F401  (they register what they do)

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "guiju.review"
    verbose_name = "审查"

    def ready(self) -> None:
        from guiju.review import committed, rights  # noqa: F401

from django.apps import AppConfig


class ArchivesConfig(AppConfig):
    name = "guiju.archives"
    verbose_name = "销毁与保全"

    def ready(self) -> None:
        from guiju.archives import committed, holdings, kinds, rights  # noqa: F401
        from guiju.archives.services import replaying  # noqa: F401

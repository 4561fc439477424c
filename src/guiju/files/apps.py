from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "guiju.files"
    verbose_name = "附件"

    def ready(self) -> None:
        from guiju.files import committed, holdings, kinds, records, rights  # noqa: F401
        from guiju.files.services import checking, replaying  # noqa: F401

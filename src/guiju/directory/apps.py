from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "guiju.directory"
    verbose_name = "组织目录"

    def ready(self) -> None:
        from guiju.accounts.registry import WAYS
        from guiju.directory import committed, rights  # noqa: F401
        from guiju.directory.signin import way

        WAYS[:] = [way]

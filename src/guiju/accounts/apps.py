from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "guiju.accounts"
    verbose_name = "账号"

    def ready(self) -> None:
        from guiju.accounts import committed, rights  # noqa: F401

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "guiju.accounts"
    verbose_name = "账号"

    def ready(self) -> None:
        from guiju.accounts import committed, rights  # noqa: F401
        from guiju.accounts.services.sessions import end_sessions_of
        from guiju.organisations.registry import BECOMING_ADMINISTRATOR

        BECOMING_ADMINISTRATOR[:] = [end_sessions_of]

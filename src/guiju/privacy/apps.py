from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "guiju.privacy"
    verbose_name = "个人信息"

    def ready(self) -> None:
        from guiju.privacy import committed, holdings, kinds, rights  # noqa: F401
        from guiju.privacy.services import answers_again, cleanup, ended_again, replaying  # noqa: F401

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "guiju.directory"
    verbose_name = "组织目录"

    def ready(self) -> None:
        from guiju.accounts.registry import FORGETTING, WAYS
        from guiju.directory import committed, rights  # noqa: F401
        from guiju.directory.services.federation import begin_anew, forget_identity
        from guiju.directory.signin import way
        from guiju.organisations.registry import BECOMING_ADMINISTRATOR

        WAYS[:] = [way]
        FORGETTING[:] = [forget_identity]
        BECOMING_ADMINISTRATOR.append(begin_anew)

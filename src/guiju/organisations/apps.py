from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    name = "guiju.organisations"
    verbose_name = "组织"

    def ready(self) -> None:
        from guiju.organisations import committed, rights  # noqa: F401
        from guiju.organisations.services import replaying  # noqa: F401

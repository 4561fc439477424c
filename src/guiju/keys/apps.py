from django.apps import AppConfig


class KeysConfig(AppConfig):
    name = "guiju.keys"
    label = "keys"
    verbose_name = "密钥"

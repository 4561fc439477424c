"""Django's settings, read from the data folder and the environment.

GUIJU_DATA       the data folder
DATABASE_URL     an administrator's connection to any PostgreSQL >= 15, instead of the embedded one
GUIJU_LISTENER   "staff" (default) or "public": the two web servers
GUIJU_STAFF_URL, GUIJU_CONSUMER_URL  addresses under which the two are reached
GUIJU_TRUSTED_PROXY  "1": a proxy of ours in front does TLS
GUIJU_INTERNAL_HOSTS  what notices may be sent to within the house: names, addresses, networks, with commas between
GUIJU_LARGEST_FILE  how many MB one attachment may have; 50 where nothing is said
GUIJU_MIGRATES   "1": this process prepares the database, as the owner of its tables
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from guiju.database.provision import Database, role_name
from guiju.kernel.errors import Refused
from guiju.net.bounded import Inside
from guiju.project.folder import DataFolder, default_folder, open_folder

SOURCE = Path(__file__).resolve().parents[1]


def _folder() -> DataFolder | None:
    try:
        return open_folder(Path(os.environ.get("GUIJU_DATA") or default_folder(demo=False)))
    except Refused:
        return None


GUIJU_FOLDER = _folder()
GUIJU_MIGRATES = os.environ.get("GUIJU_MIGRATES") == "1"
# Web servers, worker and command line work as the app, and hold no other role's password.
_needed = {"django", "app"} | ({"owner"} if GUIJU_MIGRATES else set())
_secrets = {name: key for name, key in GUIJU_FOLDER.secrets.items() if name in _needed} if GUIJU_FOLDER else {}
_run = (GUIJU_FOLDER.run or {}) if GUIJU_FOLDER else {}

GUIJU_IS_DEMO = bool(GUIJU_FOLDER and GUIJU_FOLDER.is_demo)
GUIJU_DATABASE = Database(
    name=os.environ.get("GUIJU_DATABASE_NAME") or _run.get("database", "guiju"),
    administrator=os.environ.get("DATABASE_URL") or _run.get("server") or "",
    passwords=_secrets,
)
GUIJU_KEY_FILE = GUIJU_FOLDER.secrets_file if GUIJU_FOLDER else None
GUIJU_ALGORITHM: str | None = None  # as the data folder says; see guiju.keys.algorithms
try:
    GUIJU_LARGEST_FILE = int(os.environ.get("GUIJU_LARGEST_FILE", "50")) * 2**20
except ValueError:
    raise Refused("largest_file", "GUIJU_LARGEST_FILE 是一个文件最多几 MB，请写成整数，例如 50") from None
GUIJU_ROLE_PREFIX = os.environ.get("GUIJU_ROLE_PREFIX") or GUIJU_DATABASE.name
GUIJU_LISTENER = os.environ.get("GUIJU_LISTENER", "staff")
GUIJU_STAFF_URL = os.environ.get("GUIJU_STAFF_URL") or _run.get("url", "http://127.0.0.1:8000")
GUIJU_CONSUMER_URL = os.environ.get("GUIJU_CONSUMER_URL") or _run.get("public_url", "http://127.0.0.1:8001")
try:
    GUIJU_INTERNAL_HOSTS = Inside.read(os.environ.get("GUIJU_INTERNAL_HOSTS", ""))
except ValueError as _bad:
    raise Refused("internal_hosts", f"GUIJU_INTERNAL_HOSTS 里的“{_bad}”不是主机名、地址或网段") from None


def _connection(role: str, *, pool: bool) -> dict[str, object]:
    from psycopg.conninfo import conninfo_to_dict

    parts = conninfo_to_dict(GUIJU_DATABASE.administrator)
    options: dict[str, object] = {
        key: value for key, value in parts.items() if key not in {"user", "password", "host", "port", "dbname"}
    }
    if pool:
        options["pool"] = {"min_size": 1, "max_size": int(os.environ["GUIJU_POOL"]), "timeout": 15}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": GUIJU_DATABASE.name,
        "USER": role_name(GUIJU_ROLE_PREFIX, role),
        "PASSWORD": _secrets.get(role, ""),
        "HOST": parts.get("host") or "",
        "PORT": parts.get("port") or "",
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
        "TEST": {"MIGRATE": False},
    }


DATABASES = {
    "default": _connection("app", pool="GUIJU_POOL" in os.environ),
    "owner": _connection("owner" if GUIJU_MIGRATES else "app", pool=False),
}
DATABASE_ROUTERS = ["guiju.database.router.OwnerMigrates"]

SECRET_KEY = _secrets.get("django") or "没有数据文件夹时只用于检查代码"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
for _url in (GUIJU_STAFF_URL, GUIJU_CONSUMER_URL):
    if _name := urlsplit(_url).hostname:
        ALLOWED_HOSTS.append(_name)
CSRF_TRUSTED_ORIGINS = sorted({"{0.scheme}://{0.netloc}".format(urlsplit(GUIJU_STAFF_URL))})

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "guiju.web",
    "guiju.keys",
    "guiju.evidence",
    "guiju.organisations",
    "guiju.notifications",
    "guiju.documents",
    "guiju.accounts",
    "guiju.work",
    "guiju.archives",
    "guiju.privacy",
    "guiju.files",
    "guiju.customers",
    "guiju.orders",
    "guiju.sales",
    "guiju.complaints",
    "guiju.access",
    "guiju.directory",
    "guiju.deadlines",
    "guiju.audit",
    "guiju.safekeeping",
    "guiju.review",
    "guiju.project",
]

_COMMON = [
    "django.middleware.security.SecurityMiddleware",
    "guiju.web.middleware.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
]
if GUIJU_LISTENER == "public":
    ROOT_URLCONF = "guiju.project.public_urls"
    MIDDLEWARE = [
        *_COMMON,
        "guiju.accounts.middleware.RequestLog",
        "guiju.web.middleware.BoundedBody",
        "django.middleware.common.CommonMiddleware",
        "guiju.web.middleware.RenderedErrors",
    ]
else:
    ROOT_URLCONF = "guiju.project.urls"
    MIDDLEWARE = [
        *_COMMON,
        "guiju.accounts.middleware.RequestLog",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "guiju.web.middleware.BoundedBody",
        "django.contrib.messages.middleware.MessageMiddleware",
        "guiju.web.middleware.RenderedErrors",
        "guiju.organisations.middleware.ActingMember",
        "guiju.accounts.middleware.SecondFactor",
    ]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "guiju.web.templatetags.guiju",
                "guiju.audit.templatetags.evidence",
                "guiju.organisations.templatetags.tables",
                "guiju.orders.templatetags.numbers",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "guiju.web.context.frame",
            ],
        },
    }
]

MESSAGE_TAGS = {40: "danger"}  # messages.ERROR, by the name that the style knows

AUTH_USER_MODEL = "organisations.User"
AUTHENTICATION_BACKENDS = ["guiju.accounts.backend.KnownUsers"]
PASSWORD_HASHERS = ["guiju.accounts.backend.Argon2"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"}]
CSRF_FAILURE_VIEW = "guiju.web.views.csrf_failure"
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "sign_in"

_is_tls = GUIJU_STAFF_URL.startswith("https://")
SESSION_ENGINE = "guiju.accounts.sessions"
SESSION_COOKIE_NAME = "guiju_session"
SESSION_COOKIE_AGE = 12 * 3600  # since the last hour in which something was done
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _is_tls
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 30 * 24 * 3600 if _is_tls else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if os.environ.get("GUIJU_TRUSTED_PROXY") else None

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = GUIJU_FOLDER.path / "static" if GUIJU_FOLDER else SOURCE / "static-not-collected"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": (GUIJU_FOLDER.path if GUIJU_FOLDER else SOURCE) / "files"},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
FILE_UPLOAD_PERMISSIONS = 0o600
# Of strangers' files those that are too many are read over one by one (web/uploads.py): none of them costs the form.
DATA_UPLOAD_MAX_NUMBER_FILES = 1000

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"
SILENCED_SYSTEM_CHECKS: list[str] = []

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "guiju.web.logs.WithoutValues", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"guiju": {"level": "INFO"}, "django.request": {"level": "ERROR"}},
}

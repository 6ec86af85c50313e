"""Django settings: everything that differs between installations comes from the environment."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

PACKAGE = Path(__file__).resolve().parent.parent


def env(name: str, default: str = "") -> str:
    """A setting from the environment; every one of ours begins with HOSPES_ except DATABASE_URL."""
    return os.environ.get(name, default)


def env_bool(name: str, default: bool = False) -> bool:
    """1, true, yes, on mean yes."""
    return env(name, "1" if default else "0").strip().lower() in {"1", "true", "yes", "on"}


def env_list(name: str, default: str = "") -> list[str]:
    """Comma-separated values."""
    return [part.strip() for part in env(name, default).split(",") if part.strip()]


def database(url: str) -> dict[str, Any]:
    """A PostgreSQL address (postgresql://user:password@host:port/name?host=/socket) as Django wants it."""
    parts = urlsplit(url)
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": options.pop("port", "") or str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }


DATA_DIR = Path(env("HOSPES_DATA", "var")).resolve()
DEBUG = env_bool("HOSPES_DEBUG")
# The command line writes a key into the data folder; a key that is missing there must never be a known one.
SECRET_KEY = env("HOSPES_SECRET_KEY") or os.urandom(32).hex()
SECRET_KEY_FALLBACKS = env_list("HOSPES_OLD_SECRET_KEYS")
PUBLIC_URL = env("HOSPES_URL", f"http://127.0.0.1:{env('HOSPES_PORT', '8000')}").rstrip("/")
ALLOWED_HOSTS = env_list("HOSPES_ALLOWED_HOSTS") or ["*"]
CSRF_TRUSTED_ORIGINS = env_list("HOSPES_TRUSTED_ORIGINS") or [PUBLIC_URL]
TRUSTED_PROXIES = env_list("HOSPES_TRUSTED_PROXIES")
HTTPS = PUBLIC_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "procrastinate.contrib.django",
    "django_htmx",
    "django_prose_editor",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "anymail",
    "hospes.core.apps.CoreConfig",
    "hospes.staff.apps.StaffConfig",
    "hospes.customers.apps.CustomersConfig",
    "hospes.tickets.apps.TicketsConfig",
    "hospes.knowledge.apps.KnowledgeConfig",
    "hospes.commerce.apps.CommerceConfig",
    "hospes.sla.apps.SlaConfig",
    "hospes.workflows.apps.WorkflowsConfig",
    "hospes.incidents.apps.IncidentsConfig",
    "hospes.guidance.apps.GuidanceConfig",
    "hospes.routing.apps.RoutingConfig",
    "hospes.calls.apps.CallsConfig",
    "hospes.channels.apps.ChannelsConfig",
    "hospes.automation.apps.AutomationConfig",
    "hospes.realtime.apps.RealtimeConfig",
    "hospes.desk.apps.DeskConfig",
    "hospes.portal.apps.PortalConfig",
    "hospes.api.apps.ApiConfig",
]

MIDDLEWARE = [
    "hospes.config.middleware.ErrorAnswers",
    "hospes.config.middleware.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "hospes.config.middleware.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "hospes.config.middleware.AgentPreferences",
    "hospes.config.activity.SessionActivity",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "hospes.config.urls"
WSGI_APPLICATION = "hospes.config.wsgi.application"
ASGI_APPLICATION = "hospes.config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "hospes.realtime.context.live",
                "hospes.portal.company.guest",
            ],
        },
    },
]

DATABASES = {"default": database(env("DATABASE_URL", "postgresql:///hospes"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "staff.Agent"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "hospes.config.accounts.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "hospes.config.account_forms.LoginForm",
    "reauthenticate": "hospes.config.account_forms.ReauthenticateForm",
    "change_password": "hospes.config.account_forms.ChangePasswordForm",
    "reset_password": "hospes.config.account_forms.ResetPasswordForm",
    "reset_password_from_key": "hospes.config.account_forms.ResetPasswordKeyForm",
}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_CHANGE_EMAIL = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/account/login/"
PASSWORD_RESET_TIMEOUT = 4 * 3600
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
MFA_ADAPTER = "hospes.config.accounts.MFAAdapter"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # agents came by a mailed invitation
MFA_FORMS = {
    "authenticate": "hospes.config.account_forms.AuthenticateForm",
    "reauthenticate": "hospes.config.account_forms.ReauthenticateCodeForm",
    "activate_totp": "hospes.config.account_forms.ActivateTOTPForm",
    "add_webauthn": "hospes.config.account_forms.AddWebAuthnForm",
    "edit_webauthn": "hospes.config.account_forms.EditWebAuthnForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
USERSESSIONS_TRACK_ACTIVITY = True

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "hospes_session"
SESSION_COOKIE_AGE = 14 * 86400
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_NAME = "hospes_csrf"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 40 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("uz", "Oʻzbekcha"),
    ("lv", "Latviešu"),
    ("fa", "فارسی"),
    ("tr", "Türkçe"),
    ("hy", "Հայերեն"),
]
LANGUAGES_BIDI = ["fa"]
LANGUAGE_COOKIE_NAME = "hospes_language"
LOCALE_PATHS = [PACKAGE / "locale"]
FORMAT_MODULE_PATH = ["hospes.config.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env("HOSPES_TIME_ZONE", "UTC")

STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "config" / "static"]
STATIC_ROOT = env("HOSPES_STATIC_ROOT") or None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = DATA_DIR / "files"
FILE_UPLOAD_PERMISSIONS = 0o600
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if env("HOSPES_S3_BUCKET"):
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": env("HOSPES_S3_BUCKET"),
            "endpoint_url": env("HOSPES_S3_ENDPOINT") or None,
            "access_key": env("HOSPES_S3_KEY"),
            "secret_key": env("HOSPES_S3_SECRET"),
            "default_acl": "private",
        },
    }

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
EMAIL_BACKEND = "hospes.config.mail.SystemMailBackend"
DEFAULT_FROM_EMAIL = env("HOSPES_MAIL_FROM", "hospes@localhost")
# Where mail of inboxes without their own server goes, and mail to staff: smtp://user:password@host:port
MAIL_RELAY_URL = env("HOSPES_MAIL_RELAY", "")
# A secret that a mail server adds as Authentication-Results authserv-id; only headers by it are believed.
MAIL_AUTHSERV_ID = env("HOSPES_MAIL_AUTHSERV_ID", "")
MAX_MESSAGE_BYTES = int(env("HOSPES_MAX_MESSAGE_BYTES", str(40 * 1024 * 1024)))
MAX_ATTACHMENT_BYTES = int(env("HOSPES_MAX_ATTACHMENT_BYTES", str(25 * 1024 * 1024)))
# Calls a minute for each API token.
API_RATE = int(env("HOSPES_API_RATE", "600"))
# Hosts and networks inside the company that outgoing HTTP may reach (core.http), e.g. "erp.example.lan,10.2.0.0/16".
HTTP_ALLOW = env_list("HOSPES_HTTP_ALLOW")
# Calls in the browser: the company's own TURN (coturn with use-auth-secret) and STUN servers, as browsers write them:
# "turn:turn.example.com:3478,turns:turn.example.com:5349".
TURN_URLS = env_list("HOSPES_TURN_URL")
TURN_SECRET = env("HOSPES_TURN_SECRET")
STUN_URLS = env_list("HOSPES_STUN_URL")
# Speech to text: any address that answers as /v1/audio/transcriptions does.
TRANSCRIBE_URL = env("HOSPES_TRANSCRIBE_URL")
TRANSCRIBE_KEY = env("HOSPES_TRANSCRIBE_KEY")
TRANSCRIBE_MODEL = env("HOSPES_TRANSCRIBE_MODEL", "whisper-1")
UNDO_SEND_SECONDS = int(env("HOSPES_UNDO_SEND_SECONDS", "10"))

SILENCED_SYSTEM_CHECKS: list[str] = []
PROCRASTINATE_ON_APP_READY = "hospes.config.jobs.on_app_ready"

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("HOSPES_LOG_LEVEL", "WARNING")},
    "loggers": {"django.server": {"level": "WARNING"}, "procrastinate": {"level": "WARNING"}},
}

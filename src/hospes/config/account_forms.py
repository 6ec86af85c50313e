"""allauth's forms in our words and without placeholders; what they check stays allauth's."""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.utils.translation import gettext_lazy as _

Words = Any  # text, or text that is translated when it is shown

PASSWORD_HELP = _("At least 10 characters. Three or four words that do not belong together are good.")
STRENGTH = {
    "data-strength": "",
    "data-short": _("Too short"),
    "data-weak": _("Easy to guess"),
    "data-good": _("Good"),
    "data-strong": _("Very good"),
}


def worded(form: forms.Form, name: str, label: Words, help_text: Words = "", **attrs: Any) -> None:
    """Give a field our label and help, without a placeholder; `attrs` with _ for -."""
    field = form.fields[name]
    field.label = label
    field.help_text = help_text
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs.update({key.replace("_", "-"): value for key, value in attrs.items()})


def new_password_field() -> forms.CharField:
    """A new password for our own forms; checked by the operation that gets it."""
    return forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=200,
        help_text=PASSWORD_HELP,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", **STRENGTH}),
        error_messages={"required": _("Choose a password.")},
    )


class LoginForm(account.LoginForm):  # type: ignore[misc]
    """Address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        worded(self, "login", _("E-mail address"), autocomplete="username", autofocus=True)
        worded(self, "password", _("Password"))


class ReauthenticateForm(account.ReauthenticateForm):  # type: ignore[misc]
    """The password once more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        worded(self, "password", _("Password"), autofocus=True)


class ChangePasswordForm(account.ChangePasswordForm):  # type: ignore[misc]
    """The old password, and the new one once: it can be shown, so it need not be typed twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        worded(self, "oldpassword", _("Present password"), autocomplete="current-password")
        worded(self, "password1", _("New password"), PASSWORD_HELP, **STRENGTH)


class ResetPasswordForm(account.ResetPasswordForm):  # type: ignore[misc]
    """Where to mail the link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        worded(self, "email", _("E-mail address"), autofocus=True)


class ResetPasswordKeyForm(account.ResetPasswordKeyForm):  # type: ignore[misc]
    """The new password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        worded(self, "password1", _("New password"), PASSWORD_HELP, **STRENGTH)


class AuthenticateForm(mfa.AuthenticateForm):  # type: ignore[misc]
    """The second factor at sign-in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        worded(self, "code", _("Code"), _("From your authenticator app, or a recovery code."), autofocus=True)


class ReauthenticateCodeForm(mfa.ReauthenticateForm):  # type: ignore[misc]
    """The second factor once more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        worded(self, "code", _("Code"), _("From your authenticator app, or a recovery code."), autofocus=True)


class ActivateTOTPForm(totp.ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new authenticator app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        worded(self, "code", _("Code that the app shows"), inputmode="numeric")


class AddWebAuthnForm(webauthn.AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        worded(self, "name", _("Name"), _("To tell it from others, for example “Phone”."))
        words = _("With this device alone, without a password. Otherwise it only confirms the password.")
        worded(self, "passwordless", _("Sign in with it alone"), words)
        self.fields["passwordless"].initial = True


class EditWebAuthnForm(webauthn.EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        worded(self, "name", _("Name"))

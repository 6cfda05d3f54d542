"""Signing in and out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from gridmgmt.organisation.backends import wait_s
from gridmgmt.organisation.scope import scope_of
from map_ui import navigation


class SignInForm(AuthenticationForm):
    """User name and password; one answer for every mistake, so that names cannot be guessed."""

    error_messages = {
        "invalid_login": _("User name or password is wrong. Capital and small letters matter."),
        "inactive": _("User name or password is wrong. Capital and small letters matter."),
    }

    def clean(self) -> dict[str, Any]:
        """Says that one has to wait instead of calling a right password wrong."""
        name = self.cleaned_data.get("username", "")
        if wait_s(self.request, name) is not None:
            raise ValidationError(
                _("Too many attempts. Wait a little and try again."), code="too_many_requests"
            )
        return super().clean()


class SignIn(LoginView):
    """The sign-in page; afterwards the page asked for, else the page of one's first duty."""

    template_name = "map_ui/login.html"
    form_class = SignInForm
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        """The home of the person who has just signed in."""
        return navigation.home_of(scope_of(self.request.user))


class OwnPassword(PasswordChangeView):
    """One's own password; the other sessions of the account end with the old one."""

    template_name = "map_ui/password.html"
    success_url = reverse_lazy("map_ui:home")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        """Stores it and says so on the next page."""
        answer = super().form_valid(form)
        messages.success(self.request, gettext("Your password has been changed. Other sessions were ended."))
        return answer


def home(request: HttpRequest) -> HttpResponse:
    """To the page of one's first duty."""
    return redirect(navigation.home_of(scope_of(request.user)))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session."""
    logout(request)
    return HttpResponseRedirect("/login")

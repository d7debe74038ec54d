from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.core.cache import cache
from django.forms import Form
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse_lazy
from django.views.generic import TemplateView

_CHOSEN = "somebody-chose-a-password"
_LOOKED_AT = 20
_NAME = "StatStak Labs, made with Django"


class InAFrame:
    """On the demo's page, where a form must not take the keyboard away from whoever types in another part."""

    extra_context = {"site_header": _NAME, "site_title": _NAME}

    def get_form(self, form_class: type[Form] | None = None) -> Form:
        form: Form = super().get_form(form_class)  # type: ignore[misc]  # of the view that comes next
        for field in form.fields.values():
            field.widget.attrs.pop("autofocus", None)
        return form


class SignIn(InAFrame, LoginView):
    """Django's own page and form.

    For the demo `?email=` fills in who comes, and `?wrong` shows what they see who forgot their password.
    """

    template_name = "admin/login.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_form_kwargs()
        email = self.request.GET.get("email", "")
        kwargs["initial"] = {"username": email}
        if "wrong" in self.request.GET and self.request.method == "GET":
            kwargs["data"] = {"username": email, "password": "forgotten"}
        return kwargs


class Home(LoginRequiredMixin, TemplateView):
    template_name = "home.html"
    extra_context = InAFrame.extra_context


class ChoosePassword(InAFrame, PasswordChangeView):
    template_name = "choose_password.html"
    success_url = reverse_lazy("home")

    def form_valid(self, form: Form) -> HttpResponse:
        cache.set(_CHOSEN, value=True, timeout=None)
        return super().form_valid(form)


def shown(_request: HttpRequest) -> HttpResponse:
    """What the demo's page shows beside the sign-in: whose phones, and how far the story is."""
    people = get_user_model().objects.filter(is_active=True).exclude(profile__mobile="").order_by("pk")
    fields = people.values("first_name", "last_name", "email", "profile__mobile")[:_LOOKED_AT]
    phones = [{"phone": each.pop("profile__mobile"), **each} for each in fields]
    return JsonResponse({"people": phones, "own_password_chosen": cache.get(_CHOSEN, default=False)})

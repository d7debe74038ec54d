"""The pages: Django's own sign-in, change of password and sign-out, and one page that needs a sign-in."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import path

from sandbox.django_site.pages import ChoosePassword, Home, SignIn, shown

urlpatterns = [
    path("", Home.as_view(), name="home"),
    path("sign-in/", SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(next_page="sign-in"), name="sign-out"),
    path("choose-password/", ChoosePassword.as_view(), name="choose-password"),
    path("shown/", shown),
    path("admin/", admin.site.urls),
]

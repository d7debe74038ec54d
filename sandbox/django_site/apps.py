from django.apps import AppConfig


class Accounts(AppConfig):
    name = "sandbox.django_site"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

from django.contrib.auth import views as auth_views
from django.urls import path, re_path

from guiju.organisations import views

urlpatterns = [
    path(
        "sign-in/",
        auth_views.LoginView.as_view(template_name="organisations/sign_in.html", redirect_authenticated_user=True),
        name="sign_in",
    ),
    path("sign-out/", auth_views.LogoutView.as_view(), name="sign_out"),
    path(
        "password/",
        auth_views.PasswordChangeView.as_view(
            template_name="organisations/change_password.html", success_url="/password/done/"
        ),
        name="change_password",
    ),
    path(
        "password/done/",
        auth_views.PasswordChangeDoneView.as_view(template_name="organisations/password_changed.html"),
        name="password_changed",
    ),
    path("switch-member/", views.switch_member, name="switch_member"),
    path("companies/", views.company_list, name="company_list"),
    re_path(r"^companies/export\.(?P<form>csv|xlsx)$", views.export_companies, name="export_companies"),
    path("companies/register/", views.register_company, name="register_company"),
    path("companies/import/", views.import_companies, name="import_companies"),
    path("companies/import/template.xlsx", views.import_template, name="import_template"),
    path("companies/import/<uuid:import_id>/", views.show_company_import, name="company_import"),
    path("companies/import/<uuid:import_id>/errors.xlsx", views.import_errors, name="import_errors"),
    path("companies/suggest/", views.suggest_companies, name="suggest_companies"),
    path("companies/<uuid:company_id>/", views.company_detail, name="company_detail"),
    path("companies/<uuid:company_id>/change/", views.change_company, name="change_company"),
    path("regions/suggest/", views.suggest_regions, name="suggest_regions"),
]

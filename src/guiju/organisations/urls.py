from django.contrib.auth.views import LogoutView
from django.urls import path, re_path

from guiju.organisations import views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("password/", views.change_password, name="change_password"),
    path("switch-member/", views.switch_member, name="switch_member"),
    path("companies/", views.company_list, name="company_list"),
    re_path(r"^companies/export\.(?P<form>csv|xlsx)$", views.export_companies, name="export_companies"),
    path("companies/register/", views.register_company, name="register_company"),
    path("companies/import/", views.import_companies, name="import_companies"),
    path("companies/import/template.xlsx", views.import_template, name="import_template"),
    path("companies/import/<uuid:import_id>/", views.show_company_import, name="company_import"),
    path("companies/import/<uuid:import_id>/drop/", views.drop_company_import, name="drop_company_import"),
    path("companies/import/<uuid:import_id>/errors.xlsx", views.import_errors, name="import_errors"),
    path("companies/suggest/", views.suggest_companies, name="suggest_companies"),
    path("companies/<uuid:company_id>/", views.company_detail, name="company_detail"),
    path("companies/<uuid:company_id>/change/", views.change_company, name="change_company"),
    path("regions/suggest/", views.suggest_regions, name="suggest_regions"),
]

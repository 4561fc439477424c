from django.urls import path, re_path

from guiju.organisations.views import companies, departments, relations, roles

urlpatterns = [
    path("companies/", companies.company_list, name="company_list"),
    re_path(r"^companies/export\.(?P<form>csv|xlsx)$", companies.export_companies, name="export_companies"),
    path("companies/chart/", companies.company_chart, name="company_chart"),
    path("companies/register/", companies.register_company, name="register_company"),
    path("companies/import/", companies.import_companies, name="import_companies"),
    path("companies/import/template.xlsx", companies.import_template, name="import_template"),
    path("companies/import/<uuid:import_id>/", companies.show_company_import, name="company_import"),
    path("companies/import/<uuid:import_id>/drop/", companies.drop_company_import, name="drop_company_import"),
    path("companies/import/<uuid:import_id>/errors.xlsx", companies.import_errors, name="import_errors"),
    path("companies/suggest/", companies.suggest_companies, name="suggest_companies"),
    path("companies/<uuid:company_id>/", companies.company_detail, name="company_detail"),
    path("companies/<uuid:company_id>/change/", companies.change_company, name="change_company"),
    path("companies/<uuid:company_id>/departments/found/", departments.found_department, name="found_department"),
    path("departments/<uuid:department_id>/change/", departments.change_department, name="change_department"),
    path("departments/<uuid:department_id>/close/", departments.close_department, name="close_department"),
    path("access/roles/", roles.role_list, name="role_list"),
    path("access/roles/compare/", roles.compare_roles, name="compare_roles"),
    path("access/roles/create/", roles.create_role, name="create_role"),
    re_path(r"^access/roles/matrix\.(?P<form>json|xlsx)$", roles.export_matrix, name="export_matrix"),
    path("access/roles/<slug:code>/", roles.role_detail, name="role_detail"),
    path("access/roles/<slug:code>/change/", roles.change_role, name="change_role"),
    path("access/roles/<slug:code>/retire/", roles.retire_role, name="retire_role"),
    path("access/relations/", relations.relation_list, name="relation_list"),
    path("access/relations/agree/", relations.agree_relation, name="agree_relation"),
    path("access/relations/<uuid:relation_id>/agreement/", relations.relation_agreement, name="relation_agreement"),
    path("access/relations/<uuid:relation_id>/confirm/", relations.confirm_relation, name="confirm_relation"),
    path("access/relations/<uuid:relation_id>/end/", relations.end_relation, name="end_relation"),
    path("regions/suggest/", companies.suggest_regions, name="suggest_regions"),
]

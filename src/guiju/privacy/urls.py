from django.urls import path

from guiju.privacy.views import catalogue as views
from guiju.privacy.views import cleanup, messages, minors, necessity, notices, provisions, public, refusals
from guiju.privacy.views import exports as _tables  # noqa: F401  # they go out by the page of all tables

_FIELD = "catalogue/<uuid:company_id>/<slug:record>/<slug:field>/"

urlpatterns = [
    path("catalogue/", views.catalogue, name="catalogue"),
    path("catalogue/<uuid:company_id>/", views.catalogue, name="company_catalogue"),
    path("catalogue/<uuid:company_id>/<slug:record>/add/", views.propose_field, name="propose_field"),
    path(_FIELD, views.catalogue_field, name="catalogue_field"),
    path(f"{_FIELD}change/", views.change_field, name="change_field"),
    path(f"{_FIELD}activate/", views.activate_field, name="activate_field"),
    path(f"{_FIELD}retire/", views.retire_field, name="retire_field"),
    path(f"{_FIELD}assess/", views.assess_field, name="assess_field"),
    path("catalogue/notices/", views.privacy_notices, name="privacy_notices"),
    path("catalogue/notices/<uuid:company_id>/", views.privacy_notices, name="company_notices"),
    path("catalogue/notices/<uuid:company_id>/publish/", views.publish_notice, name="publish_notice"),
    path(
        "catalogue/notices/<uuid:company_id>/earlier/", notices.register_earlier_notice, name="register_earlier_notice"
    ),
    path("catalogue/notices/<uuid:company_id>/<int:version>/", views.privacy_notice, name="privacy_notice"),
    path(
        "catalogue/notices/<uuid:company_id>/<int:version>/correct/",
        notices.correct_earlier_notice,
        name="correct_earlier_notice",
    ),
    path("catalogue/minors/", minors.minor_access_list, name="minor_access_list"),
    path("catalogue/minors/ask/", minors.ask_minor_access, name="ask_minor_access"),
    path("catalogue/minors/<uuid:record_id>/looks/", minors.minor_looks, name="minor_looks"),
    path("catalogue/minors/<uuid:minor_access_id>/end/", minors.end_minor_access, name="end_minor_access"),
    path("catalogue/provisions/", provisions.provision_list, name="provision_list"),
    path("catalogue/refusals/", refusals.refusal_list, name="refusal_list"),
    path("catalogue/refusals/add/", refusals.add_refusal, name="add_refusal"),
    path("catalogue/refusals/import/", refusals.import_refusals, name="import_refusals"),
    path("catalogue/refusals/export/", refusals.export_refusals, name="export_refusals"),
    path("catalogue/messages/<uuid:message_id>/", messages.answer_message, name="answer_message"),
    path("catalogue/cleanup/", cleanup.cleanup_list, name="cleanup_list"),
    path("catalogue/cleanup/start/", cleanup.start_cleanup, name="start_cleanup"),
    path("catalogue/cleanup/necessity/", necessity.necessity_report, name="necessity_report"),
    path("catalogue/cleanup/withdrawn/<uuid:withdrawal_id>/", cleanup.delete_withdrawn, name="delete_withdrawn"),
    path("catalogue/cleanup/<uuid:cleanup_id>/", cleanup.cleanup_detail, name="cleanup_detail"),
    path("catalogue/cleanup/<uuid:cleanup_id>/report.pdf", cleanup.print_cleanup, name="print_cleanup"),
    path("catalogue/cleanup/<uuid:cleanup_id>/findings.xlsx", cleanup.cleanup_workbook, name="cleanup_workbook"),
    path("catalogue/cleanup/<uuid:cleanup_id>/freeze/", cleanup.freeze_found, name="freeze_found"),
    path("catalogue/cleanup/<uuid:cleanup_id>/propose/", cleanup.propose_found, name="propose_found"),
    path(
        "catalogue/cleanup/<uuid:cleanup_id>/<slug:record>/<slug:found>/", cleanup.cleanup_people, name="cleanup_people"
    ),
]

public_urlpatterns = [
    path("notice/<slug:code>/", public.public_notice, name="public_notice"),
    path("notice/<slug:code>/<int:version>/", public.public_notice, name="public_notice_version"),
    path("notice/<slug:code>/<int:version>/notice.pdf", public.print_notice, name="print_notice"),
]

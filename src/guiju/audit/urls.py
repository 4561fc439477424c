from django.urls import path

from guiju.audit import views

urlpatterns = [
    path("evidence/", views.evidence_log, name="evidence_log"),
    path("evidence/entries/<uuid:entry_id>/", views.evidence_entry, name="evidence_entry"),
    path("evidence/entries/<uuid:entry_id>/certificate/", views.evidence_certificate, name="evidence_certificate"),
    path("evidence/records/<str:subject_type>/<uuid:subject_id>/", views.evidence_record, name="evidence_record"),
    path("evidence/verifications/", views.verification_list, name="verification_list"),
    path("evidence/verifications/run/", views.verify_log, name="verify_log"),
    path("log/tile/entries/<path:number>", views.log_entries, name="log_entries"),
    path("evidence/anchors/", views.anchor_list, name="anchor_list"),
    path("evidence/anchors/sheet/", views.witness_sheet, name="witness_sheet"),
    path("evidence/anchors/checkpoint.txt", views.witness_file, name="witness_file"),
    path("evidence/anchors/register/", views.register_witness, name="register_witness"),
]

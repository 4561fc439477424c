from django.urls import path

from guiju.notifications import views

urlpatterns = [
    path("notices/", views.inbox, name="inbox"),
    path("notices/<uuid:notice_id>/open/", views.read_notice, name="read_notice"),
    path("notices/read/", views.read_all, name="read_all"),
    path("notices/preference/", views.choose_preference, name="choose_preference"),
    path("notices/sent/", views.sent_list, name="sent_list"),
    path("notices/sent/<uuid:notice_id>/", views.sent_detail, name="sent_detail"),
    path("notices/sent/<uuid:notice_id>/settle/", views.settle_uncertain, name="settle_uncertain"),
    path("notices/sent/<uuid:notice_id>/retry/", views.retry_notice, name="retry_notice"),
    path("notices/wordings/", views.wording_list, name="wording_list"),
    path("notices/wordings/<str:kind>/", views.write_wording, name="write_wording"),
    path("notices/channels/", views.channel_list, name="channel_list"),
    path("notices/channels/<uuid:company_id>/", views.company_channels, name="company_channels"),
    path("notices/channels/<uuid:company_id>/texts/", views.set_sms_text, name="set_sms_text"),
    path("notices/channels/<uuid:company_id>/<str:channel>/", views.set_up_channel, name="set_up_channel"),
    path("notices/channels/<uuid:company_id>/<str:channel>/end/", views.end_channel, name="end_channel"),
]

public_urlpatterns = [
    path(
        "notices/receipts/<uuid:entity_id>/<uuid:channel_id>/<str:word>/",
        views.take_receipts,
        name="take_receipts",
    ),
]

from django.urls import path

from guiju.complaints.views import desk, presence, public, remedies

urlpatterns = [
    path("complaints/", desk.complaint_list, name="complaint_list"),
    path("complaints/add/", desk.add_complaint, name="add_complaint"),
    path("complaints/door/", desk.complaint_door, name="complaint_door"),
    path("complaints/limits/", remedies.complaint_limits, name="complaint_limits"),
    path("complaints/<uuid:complaint_id>/remedy/", remedies.offer_remedy, name="offer_remedy"),
    path("complaints/<uuid:complaint_id>/agreed/", remedies.note_agreement, name="note_agreement"),
    path("complaints/<uuid:complaint_id>/agreement.pdf", remedies.print_agreement, name="print_agreement"),
    path("complaints/<uuid:complaint_id>/remedy/<uuid:remedy_id>/drop/", remedies.drop_remedy, name="drop_remedy"),
    path(
        "complaints/<uuid:complaint_id>/remedy/<uuid:remedy_id>/fulfil/", remedies.fulfil_remedy, name="fulfil_remedy"
    ),
    path(
        "complaints/<uuid:complaint_id>/remedy/<uuid:remedy_id>/returned/",
        remedies.note_goods_back,
        name="note_goods_back",
    ),
    path("complaints/<uuid:complaint_id>/", desk.complaint_detail, name="complaint_detail"),
    path("complaints/<uuid:complaint_id>/present/", presence.complaint_presence, name="complaint_presence"),
    path("complaints/<uuid:complaint_id>/accept/", desk.accept_complaint, name="accept_complaint"),
    path("complaints/<uuid:complaint_id>/refuse/", desk.refuse_complaint, name="refuse_complaint"),
    path("complaints/<uuid:complaint_id>/assign/", desk.assign_complaint, name="assign_complaint"),
    path("complaints/<uuid:complaint_id>/write/", desk.write_to_complainant, name="write_to_complainant"),
    path("complaints/<uuid:complaint_id>/note/", desk.note_internally, name="note_internally"),
    path("complaints/<uuid:complaint_id>/answer/", desk.answer_complaint, name="answer_complaint"),
    path("complaints/<uuid:complaint_id>/close/", desk.close_complaint, name="close_complaint"),
    path("complaints/<uuid:complaint_id>/reopen/", desk.reopen_complaint, name="reopen_complaint"),
]

public_urlpatterns = [
    path("complain/<slug:code>/", public.complain, name="complain"),
    path("complaint/<str:number>/<str:code>/", public.complaint_case, name="complaint_case"),
]

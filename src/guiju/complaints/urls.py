from django.urls import path

from guiju.complaints.views import desk, entrance, finding, importing, public, sifting
from guiju.web.uploads import LARGER, LARGEST_BODY

urlpatterns = [
    path("complaints/", desk.complaint_list, name="complaint_list"),
    path("complaints/add/", desk.add_complaint, name="add_complaint"),
    path("complaints/import/", importing.import_complaints, name="import_complaints"),
    path("complaints/sift/", sifting.sift_complaints, name="sift_complaints"),
    path("complaints/<uuid:complaint_id>/restore/", sifting.restore_discarded, name="restore_discarded"),
    path("complaints/door/", entrance.complaint_door, name="complaint_door"),
    path("complaints/door/poster.pdf", entrance.print_poster, name="print_poster"),
    path("complaints/<uuid:complaint_id>/", desk.complaint_detail, name="complaint_detail"),
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
    path("widget.js", entrance.widget, name="widget"),
    path("complain/<slug:code>/", public.complain, name="complain"),
    path("complaint/", finding.find_complaint, name="find_complaint"),
    path("complaint/<str:number>/", finding.find_complaint, name="find_complaint"),
    path("complaint/<str:number>/<str:secret>/", public.complaint_case, name="complaint_case"),
]

LARGER.update(
    dict.fromkeys(
        ("complain", "complaint_case", "public_api:public_complain", "public_api:public_send_file"), LARGEST_BODY
    )
)

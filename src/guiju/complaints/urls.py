from django.urls import path

from guiju.complaints.views import causes, desk, figures, public, rectifications, rectify

urlpatterns = [
    path("complaints/", desk.complaint_list, name="complaint_list"),
    path("complaints/add/", desk.add_complaint, name="add_complaint"),
    path("complaints/door/", desk.complaint_door, name="complaint_door"),
    path("complaints/statistics/", figures.complaint_statistics, name="complaint_statistics"),
    path("complaints/rectifications/", rectifications.rectification_list, name="rectification_list"),
    path("complaints/rectifications/rule/", rectifications.set_rectification_rule, name="set_rectification_rule"),
    *(
        path(f"complaints/rectifications/<uuid:rectification_id>/{place}", view, name=name)
        for place, view, name in (
            ("", rectifications.rectification_detail, "rectification_detail"),
            ("write/", rectifications.write_rectification, "write_rectification"),
            ("review/", rectifications.ask_review, "ask_review"),
            ("assign/", rectifications.assign_rectification, "assign_rectification"),
            ("link/", rectifications.link_rectification, "link_rectification"),
            ("print/", rectifications.print_rectification, "print_rectification"),
        )
    ),
    path("complaints/causes/", causes.cause_list, name="cause_list"),
    path("complaints/causes/add/", causes.add_cause, name="add_cause"),
    path("complaints/causes/<str:cause_code>/retire/", causes.retire_cause, name="retire_cause"),
    path("complaints/causes/<str:cause_code>/department/", causes.set_department, name="set_cause_department"),
    path("complaints/<uuid:complaint_id>/cause/", causes.confirm_cause, name="confirm_cause"),
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
    path("complain/<slug:code>/", public.complain, name="complain"),
    path("rectify/<str:secret>/", rectify.rectify, name="rectify"),
    path("complaint/<str:number>/<str:code>/", public.complaint_case, name="complaint_case"),
]

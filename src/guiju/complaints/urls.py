from django.urls import path

from guiju.complaints.views import (
    causes,
    desk,
    entrance,
    figures,
    finding,
    groups,
    importing,
    letters,
    presence,
    public,
    rectifications,
    rectify,
    remedies,
    sifting,
    team,
)
from guiju.web.uploads import LARGER, LARGEST_BODY

urlpatterns = [
    path("complaints/", desk.complaint_list, name="complaint_list"),
    path("complaints/add/", desk.add_complaint, name="add_complaint"),
    path("complaints/import/", importing.import_complaints, name="import_complaints"),
    path("complaints/sift/", sifting.sift_complaints, name="sift_complaints"),
    path("complaints/<uuid:complaint_id>/restore/", sifting.restore_discarded, name="restore_discarded"),
    path("complaints/door/", entrance.complaint_door, name="complaint_door"),
    path("complaints/door/poster.pdf", entrance.print_poster, name="print_poster"),
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
    path("complaints/letter/", letters.add_letter, name="add_letter"),
    path("complaints/<uuid:complaint_id>/reply/", letters.draft_reply, name="draft_reply"),
    path("complaints/<uuid:complaint_id>/reply/sent/", letters.send_reply, name="send_reply"),
    path("complaints/<uuid:complaint_id>/reply.pdf", letters.print_reply, name="print_reply"),
    path("complaints/<uuid:complaint_id>/reply/word/", letters.fill_reply, name="fill_reply"),
    path("complaints/agents/", team.agent_list, name="agent_list"),
    path("complaints/hand-over/", team.hand_over_cases, name="hand_over_cases"),
    path("complaints/routes/", team.complaint_routes, name="complaint_routes"),
    path("complaints/routes/<uuid:route_id>/end/", team.end_route, name="end_route"),
    path("complaints/snippets/", team.complaint_snippets, name="complaint_snippets"),
    path("complaints/snippets/<uuid:snippet_id>/end/", team.end_snippet, name="end_snippet"),
    path("complaints/group/<uuid:group_id>/", groups.complaint_group, name="complaint_group"),
    path("complaints/<uuid:complaint_id>/same/", groups.tie_cases, name="tie_cases"),
    path("complaints/<uuid:complaint_id>/untie/", groups.untie_case, name="untie_case"),
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
    path("widget.js", entrance.widget, name="widget"),
    path("complain/<slug:code>/", public.complain, name="complain"),
    path("complaint/", finding.find_complaint, name="find_complaint"),
    path("complaint/<str:number>/", finding.find_complaint, name="find_complaint"),
    path("complaint/<str:number>/<str:secret>/", public.complaint_case, name="complaint_case"),
    path("rectify/<str:secret>/", rectify.rectify, name="rectify"),
]

LARGER.update(
    dict.fromkeys(
        ("complain", "complaint_case", "public_api:public_complain", "public_api:public_send_file"), LARGEST_BODY
    )
)

from django.urls import path

from guiju.deadlines.views import calendar, duties

urlpatterns = [
    path("calendar/", calendar.work_calendar, name="work_calendar"),
    path("calendar/enter/", calendar.enter_year_notice, name="enter_year_notice"),
    path("deadlines/", duties.duty_list, name="duty_list"),
    path("deadlines/list.pdf", duties.print_duties, name="print_duties"),
    path("deadlines/<uuid:duty_id>/proof.pdf", duties.print_duty, name="print_duty"),
    path("deadlines/add/", duties.add_duty, name="add_duty"),
    path("deadlines/subscribe/", duties.subscribe_calendar, name="subscribe_calendar"),
    path("deadlines/feed/<str:secret>.ics", duties.duty_feed, name="duty_feed"),
    path("deadlines/<uuid:duty_id>/", duties.duty_detail, name="duty_detail"),
    path("deadlines/<uuid:duty_id>/hand-over/", duties.hand_over_duty, name="hand_over_duty"),
    path("deadlines/<uuid:duty_id>/finish/", duties.settle_duty, {"what": "finish"}, name="finish_duty"),
    path("deadlines/<uuid:duty_id>/cancel/", duties.settle_duty, {"what": "cancel"}, name="cancel_duty"),
    path("deadlines/<uuid:duty_id>/pause/", duties.settle_duty, {"what": "pause"}, name="pause_duty"),
    path("deadlines/<uuid:duty_id>/resume/", duties.settle_duty, {"what": "resume"}, name="resume_duty"),
]

from django.urls import path

from guiju.deadlines import views

urlpatterns = [
    path("calendar/", views.work_calendar, name="work_calendar"),
    path("calendar/enter/", views.enter_year_notice, name="enter_year_notice"),
]

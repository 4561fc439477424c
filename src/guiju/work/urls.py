from django.urls import path

from guiju.work import views

urlpatterns = [
    path("tasks/", views.work_list, name="work_list"),
    path("tasks/approvals/<uuid:approval_id>/decide/", views.decide_approval, name="decide_approval"),
    path("tasks/approvals/<uuid:approval_id>/withdraw/", views.withdraw_approval, name="withdraw_approval"),
    path("tasks/<uuid:task_id>/take/", views.take_task, name="take_task"),
    path("tasks/<uuid:task_id>/hand-over/", views.hand_over_task, name="hand_over_task"),
]

from django.urls import path

from guiju.access import views

urlpatterns = [
    path("access/emergency/", views.emergency_list, name="emergency_list"),
    path("access/emergency/ask/", views.ask_emergency_access, name="ask_emergency_access"),
    path("access/emergency/<uuid:access_id>/review/", views.review_emergency_access, name="review_emergency_access"),
    path("access/administrators/replace/", views.ask_succession, name="ask_succession"),
    path("access/reviews/", views.rights_review_list, name="rights_review_list"),
    path("access/reviews/<uuid:review_id>/", views.rights_review, name="rights_review"),
    path("access/reviews/<uuid:review_id>/decide/", views.decide_review_lines, name="decide_review_lines"),
]

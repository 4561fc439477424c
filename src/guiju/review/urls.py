from django.urls import path

from guiju.review import views

urlpatterns = [
    path("review/", views.review_text, name="review_text"),
    path("review/rules/", views.rule_list, name="rule_list"),
]

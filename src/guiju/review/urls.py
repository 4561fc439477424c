from django.urls import path

from guiju.review import views

urlpatterns = [
    path("review/", views.review_ads, name="review_text"),
    path("review/clauses/", views.review_clauses, name="review_clauses"),
    path("review/fields/", views.review_fields, name="review_fields"),
    path("review/checks/", views.check_list, name="check_list"),
    path("review/checks/<uuid:check_id>/", views.check_detail, name="check_detail"),
    path("review/checks/<uuid:check_id>/result.xlsx", views.export_check, name="export_check"),
    path("review/words/", views.own_word_list, name="own_word_list"),
    path("review/words/propose/", views.propose_own_word, name="propose_own_word"),
    path("review/words/<uuid:word_id>/decide/", views.decide_own_word, name="decide_own_word"),
    path("review/words/<uuid:word_id>/withdraw/", views.withdraw_own_word, name="withdraw_own_word"),
    path("law/rules/", views.rule_list, name="rule_list"),
    path("law/rules/<str:rule_id>/", views.rule_detail, name="rule_detail"),
    path("law/statutes/", views.statute_list, name="statute_list"),
    path("law/statutes/<str:name>/", views.statute_detail, name="statute_detail"),
]

from django.urls import path

from guiju.sales.views import deal_notes, exports, figures, leads, moving, opportunities, today, todos

urlpatterns = [
    path("today/", today.today, name="today"),
    path("today/customers/", today.follow_up_list, name="follow_up_list"),
    path("today/todos/add/", todos.add_todo, name="add_todo"),
    path("today/todos/done/", todos.todos_done, name="todos_done"),
    path("today/todos/<uuid:todo_id>/change/", todos.change_todo, name="change_todo"),
    path("today/todos/<uuid:todo_id>/remove/", todos.remove_todo, name="remove_todo"),
    path("today/todos/<uuid:todo_id>/finish/", todos.finish_todo, name="finish_todo"),
    path("opportunities/", moving.opportunity_board, name="opportunity_board"),
    path("opportunities/list/", opportunities.opportunity_list, name="opportunity_list"),
    path("opportunities/leads/", leads.lead_list, name="lead_list"),
    path("opportunities/leads/add/", leads.add_lead, name="add_lead"),
    path("opportunities/leads/<uuid:lead_id>/qualify/", leads.qualify_lead, name="qualify_lead"),
    path("opportunities/leads/<uuid:lead_id>/discard/", leads.discard_lead, name="discard_lead"),
    path("opportunities/leads/<uuid:lead_id>/reopen/", leads.reopen_lead, name="reopen_lead"),
    path("opportunities/export/", exports.export_opportunities, name="export_opportunities"),
    path("opportunities/forecast/", figures.forecast, name="opportunity_forecast"),
    path("opportunities/statistics/", figures.statistics, name="opportunity_statistics"),
    path("opportunities/stages/", figures.set_pipeline, name="set_pipeline"),
    path("opportunities/add/", opportunities.add_opportunity, name="add_opportunity"),
    path("opportunities/customers/", opportunities.suggest_customers, name="suggest_customers"),
    path("opportunities/<uuid:opportunity_id>/", opportunities.opportunity_detail, name="opportunity_detail"),
    path("opportunities/<uuid:opportunity_id>/change/", opportunities.change_opportunity, name="change_opportunity"),
    path("opportunities/<uuid:opportunity_id>/assign/", opportunities.assign_opportunity, name="assign_opportunity"),
    path("opportunities/<uuid:opportunity_id>/note/", deal_notes.add_deal_note, name="add_deal_note"),
    path("opportunities/<uuid:opportunity_id>/move/", moving.move_opportunity, name="move_opportunity"),
    path("opportunities/<uuid:opportunity_id>/win/", moving.win_opportunity, name="win_opportunity"),
    path("opportunities/<uuid:opportunity_id>/lose/", moving.lose_opportunity, name="lose_opportunity"),
    path("opportunities/<uuid:opportunity_id>/reopen/", moving.reopen_opportunity, name="reopen_opportunity"),
]

from django.urls import path

from guiju.accounts.views import own, people, signing_in

urlpatterns = [
    path("sign-in/", signing_in.sign_in, name="sign_in"),
    path("sign-in/code/", signing_in.sign_in_code, name="sign_in_code"),
    path("sign-in/activate/", signing_in.activate_account, name="activate_account"),
    path("sign-out/", signing_in.sign_out, name="sign_out"),
    path("switch-member/", signing_in.switch_member, name="switch_member"),
    path("account/", own.own_account, name="own_account"),
    path("account/password/", own.change_password, name="change_password"),
    path("account/factor/", own.set_factor, name="set_factor"),
    path("account/step-up/", own.step_up, name="step_up"),
    path("account/sessions/<slug:mark>/end/", own.end_own_session, name="end_own_session"),
    path("account/tokens/create/", own.create_token, name="create_token"),
    path("account/tokens/<uuid:token_id>/revoke/", own.revoke_token, name="revoke_token"),
    path("people/", people.people_list, name="people_list"),
    path("people/export.xlsx", people.export_people, name="export_people"),
    path("people/invite/", people.invite_person, name="invite_person"),
    path("people/sign-ins/", people.sign_in_log, name="sign_in_log"),
    path("people/<uuid:member_id>/", people.person_detail, name="person_detail"),
    path("people/<uuid:member_id>/access/", people.explain_person, name="explain_person"),
    path("people/<uuid:member_id>/change/", people.change_member, name="change_member"),
    path("people/<uuid:member_id>/join/", people.add_member, name="add_member"),
    path("people/<uuid:member_id>/grant/", people.grant_role, name="grant_role"),
    path("people/<uuid:member_id>/withdraw/", people.withdraw_role, name="withdraw_role"),
    path("people/<uuid:member_id>/reset/", people.reset_account, name="reset_account"),
    path("people/<uuid:member_id>/confirm/", people.confirm_account_link, name="confirm_account_link"),
    path("people/<uuid:member_id>/end-sessions/", people.end_sessions, name="end_sessions"),
    path("people/<uuid:member_id>/leave/", people.end_member, name="end_member"),
    path("people/<uuid:member_id>/substitute/", people.name_substitute, name="name_substitute"),
    path("people/substitutes/<uuid:substitute_id>/end/", people.end_substitute, name="end_substitute"),
]

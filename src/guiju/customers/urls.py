from django.urls import path

from guiju.customers.views import asking, customers, erasing, exports, imports, lists, merging, notes, people, pool, public, restoring

urlpatterns = [
    path("customers/", customers.customer_list, name="customer_list"),
    path("customers/add/", customers.add_customer, name="add_customer"),
    path("customers/lists/save/", lists.save_list, name="save_list"),
    path("customers/lists/<uuid:list_id>/remove/", lists.remove_list, name="remove_list"),
    path("customers/export/", exports.export_customers, name="export_customers"),
    path("customers/import/", imports.import_customers, name="import_customers"),
    path("customers/import/<uuid:upload_id>/", imports.customer_import, name="customer_import"),
    path("customers/import/<uuid:upload_id>/drop/", imports.drop_customer_import, name="drop_customer_import"),
    path(
        "customers/import/<uuid:upload_id>/errors.xlsx", imports.customer_import_errors, name="customer_import_errors"
    ),
    path("customers/pool/", pool.pool_list, name="pool_list"),
    path("customers/pool/rule/", pool.set_pool_rule, name="set_pool_rule"),
    path("customers/pool/<uuid:customer_id>/", pool.pool_customer, name="pool_customer"),
    path("customers/pool/<uuid:customer_id>/claim/", pool.claim_customer, name="claim_customer"),
    path("customers/duplicates/", merging.duplicate_list, name="duplicate_list"),
    path("customers/duplicates/not-same/", merging.say_not_same, name="say_not_same"),
    path("customers/merges/<uuid:merge_id>/", merging.customer_merge, name="customer_merge"),
    path("customers/merges/<uuid:merge_id>/undo/", merging.undo_merge, name="undo_merge"),
    path("customers/<uuid:customer_id>/merge/", merging.find_other, name="find_other"),
    path("customers/<uuid:customer_id>/merge/<uuid:other_id>/", merging.merge_customers, name="merge_customers"),
    path("customers/bulk/", pool.bulk_customers, name="bulk_customers"),
    path("customers/bulk/<uuid:act_id>/undo/", pool.undo_bulk, name="undo_bulk"),
    path("customers/<uuid:customer_id>/release/", pool.release_customer, name="release_customer"),
    path("customers/<uuid:customer_id>/", customers.customer_detail, name="customer_detail"),
    path("customers/<uuid:customer_id>/change/", customers.change_customer, name="change_customer"),
    path("customers/<uuid:customer_id>/restore/<int:number>/", restoring.restore_customer, name="restore_customer"),
    path("customers/<uuid:customer_id>/assign/", customers.assign_customer, name="assign_customer"),
    path("customers/<uuid:customer_id>/unmask/<slug:category>/", customers.unmask_customer, name="unmask_customer"),
    path("customers/<uuid:customer_id>/contacts/add/", people.add_contact, name="add_contact"),
    path("customers/<uuid:customer_id>/consents/add/", people.record_customer_consent, name="record_customer_consent"),
    path(
        "customers/<uuid:customer_id>/consents/<uuid:consent_id>/withdraw/",
        people.withdraw_customer_consent,
        name="withdraw_customer_consent",
    ),
    path("customers/<uuid:customer_id>/notes/add/", notes.add_note, name="add_note"),
    path("customers/notes/scan/", notes.scan_note, name="scan_note"),
    path("customers/notes/<uuid:note_id>/remove/", notes.remove_note, name="remove_note"),
    path("customers/<uuid:customer_id>/dispose/", erasing.propose_disposal, name="propose_disposal"),
    path("customers/<uuid:customer_id>/hold/", erasing.place_hold, name="place_hold"),
    path("customers/<uuid:customer_id>/freeze/", erasing.freeze_customer, name="freeze_customer"),
    path("customers/<uuid:customer_id>/ask/", asking.ask_consent, name="ask_consent"),
    path("contacts/<uuid:contact_id>/", people.change_contact, name="change_contact"),
    path("contacts/<uuid:contact_id>/end/", people.end_contact, name="end_contact"),
]

public_urlpatterns = [
    path("consent/<str:secret>/", public.consent_page, name="consent_page"),
    path("my-consents/<slug:code>/", public.own_consents, name="own_consents"),
]

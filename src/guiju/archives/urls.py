from django.urls import path

from guiju.archives import views

urlpatterns = [
    path("catalogue/disposals/", views.disposal_list, name="disposal_list"),
    path("catalogue/disposals/<uuid:disposal_id>/", views.disposal_detail, name="disposal_detail"),
    path("catalogue/disposals/<uuid:disposal_id>/register.pdf", views.print_disposal, name="print_disposal"),
    path("catalogue/disposals/items/<uuid:item_id>/proof.pdf", views.print_deletion, name="print_deletion"),
    path("catalogue/periods/", views.retention_schedule, name="retention_schedule"),
    path("catalogue/periods/business/", views.declare_business, name="declare_business"),
    path("catalogue/periods/<slug:period_code>/over/", views.propose_over, name="propose_over"),
    path("catalogue/holds/", views.hold_list, name="hold_list"),
    path("catalogue/holds/<uuid:hold_id>/lift/", views.lift_hold, name="lift_hold"),
]

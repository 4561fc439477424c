from django.urls import path

from guiju.documents import views

urlpatterns = [
    path("documents/", views.document_gallery, name="document_gallery"),
    path("documents/<str:template>/sample.pdf", views.document_sample, name="document_sample"),
    path("documents/<str:template>/sample.png", views.document_picture, name="document_picture"),
]

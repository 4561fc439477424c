"""What the web server calls; it runs in a process of its own that ends with the server's."""

import os

from django.core.wsgi import get_wsgi_application

from guiju.database.embedded import die_with_parent

die_with_parent()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guiju.project.settings")
application = get_wsgi_application()

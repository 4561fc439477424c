"""The root of the API: `/api/v1/`, described at `/api/v1/openapi.json`."""

from ninja import NinjaAPI

from guiju import __version__
from guiju.api.access import MemberToken
from guiju.api.errors import render_errors
from guiju.api.rendering import ReadableJSON
from guiju.archives.api import router as archives
from guiju.complaints.apis.staff import router as complaints
from guiju.customers.api import router as customers
from guiju.customers.apis.protecting import router as protecting
from guiju.customers.apis.ties import router as ties
from guiju.files.api import router as files
from guiju.orders.api import router as orders
from guiju.organisations.api import router as organisations
from guiju.privacy.api import router as privacy
from guiju.review.api import router as review
from guiju.sales.api import router as sales
from guiju.sales.apis.leads import router as leads

api = NinjaAPI(
    title="规矩",
    version=__version__,
    description="以成员的访问令牌调用（guiju token create）；与页面经过同样的权限、关口和存证。",
    auth=MemberToken(),
    renderer=ReadableJSON(),
    docs_url=None,
)
render_errors(api)
api.add_router("", organisations)
api.add_router("", review)
api.add_router("", customers)
api.add_router("", protecting)
api.add_router("", ties)
api.add_router("", archives)
api.add_router("", files)
api.add_router("", orders)
api.add_router("", privacy)
api.add_router("", sales)
api.add_router("", leads)
api.add_router("", complaints)

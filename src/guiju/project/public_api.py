"""The API of the public listener: what programs may send without an account."""

from ninja import NinjaAPI

from guiju import __version__
from guiju.api.errors import render_errors
from guiju.api.rendering import ReadableJSON
from guiju.complaints.apis.public import router as complaints

public_api = NinjaAPI(
    title="规矩：公开接口",
    version=__version__,
    description="不用账号：消费者的投诉从这里来，凭编号和查询码看进度。",
    renderer=ReadableJSON(),
    docs_url=None,
    openapi_url="/public/openapi.json",
    urls_namespace="public_api",
)
render_errors(public_api)
public_api.add_router("public", complaints)

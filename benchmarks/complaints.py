"""The door for complaints beside bare views: the same request, plain rows and none of the rest.

Both go through the whole application of the public listener, from the WSGI call on. The bare views put what came into a
table in the clear, under no policy and without evidence: once with as many INSERTs in one transaction as the door
needs, once with a single one.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from itertools import count
from typing import Any

import psycopg
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, connections, models, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import path
from django.utils import timezone
from tools import scratch

from benchmarks.database import _group
from benchmarks.timing import Pace, paces
from guiju.database.models import new_id
from guiju.project import public_urls
from guiju.project.settings import _COMMON

A_ROUND = 300

TEXT = "收到的时候外包装破了，里面的也坏了两个，打了三次电话没有人管，要求换货并且赔偿运费。"


class PlainComplaint(models.Model):
    """Everything in columns, in the clear."""

    id = models.UUIDField(primary_key=True)
    number = models.TextField()
    text = models.TextField()
    name = models.TextField()
    phone = models.TextField()
    wish = models.TextField()
    order_no = models.TextField()
    received_at = models.DateTimeField()

    class Meta:
        app_label = "complaints"
        managed = False
        db_table = "bench_complaint"


_TABLE = """
CREATE TABLE bench_complaint (id uuid PRIMARY KEY, number text UNIQUE, text text, name text, phone text, wish text,
 order_no text, received_at timestamptz);
CREATE INDEX ON bench_complaint (received_at DESC, id DESC);
CREATE INDEX ON bench_complaint (phone);
CREATE INDEX ON bench_complaint (order_no);
GRANT SELECT, INSERT ON bench_complaint TO guiju_app;
"""


def _bare(inserts: int) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        said = json.loads(request.body)
        made = []
        with transaction.atomic():
            for _ in range(inserts):
                pk = new_id()
                row = PlainComplaint(
                    id=pk,
                    number=pk.hex,
                    text=said["text"],
                    name=said["contact_name"],
                    phone=said["contact_phone"],
                    wish=said["wish"],
                    order_no=said["order_no"],
                    received_at=timezone.now(),
                )
                row.save(force_insert=True)
                made.append(row)
        return JsonResponse({"number": made[0].number, "received_at": made[0].received_at}, status=201)

    return view


urlpatterns = list(public_urls.urlpatterns)
"""The bare views are added once it is known how many INSERTs the door needs."""


def report() -> None:
    scratch.start()
    scratch.fill()
    try:
        with psycopg.connect(scratch.database.conninfo("superuser"), autocommit=True) as direct:
            direct.execute(_TABLE)
        company = _group().entity
        middleware = [
            *_COMMON,
            "guiju.accounts.middleware.RequestLog",
            "guiju.web.middleware.BoundedBody",
            "django.middleware.common.CommonMiddleware",
            "guiju.web.middleware.RenderedErrors",
        ]
        with override_settings(ROOT_URLCONF="benchmarks.complaints", MIDDLEWARE=middleware):
            _door(f"/api/v1/public/{company.unified_code}/complaints")
    finally:
        connections.close_all()
        scratch.stop()


def _door(address: str) -> None:
    serial = count()
    ask = _asking(serial)
    inserts = _inserts_of(lambda: ask(address))
    urlpatterns.extend([path("bare-many/", _bare(inserts)), path("bare-one/", _bare(1))])
    door, many, one = paces(
        Pace("投诉入口", lambda: [ask(address) for _ in range(A_ROUND)], A_ROUND),
        Pace(f"裸视图，一个事务里 {inserts} 次 INSERT", lambda: [ask("/bare-many/") for _ in range(A_ROUND)], A_ROUND),
        Pace("裸视图，1 次 INSERT", lambda: [ask("/bare-one/") for _ in range(A_ROUND)], A_ROUND),
        rounds=9,
    )
    print(door, many, one, sep="\n")
    print(f"投诉入口 / {inserts} 次 INSERT 的裸视图 = {door.per_second / many.per_second:.0%}（要求不低于 60%）")
    print(f"投诉入口 / 1 次 INSERT 的裸视图 = {door.per_second / one.per_second:.0%}（要求不低于 25%）")


def _inserts_of(act: Callable[[], object]) -> int:
    """How many rows the door writes: its own, and those of the log, which go in one statement."""
    with CaptureQueriesContext(connection) as asked:
        act()
    return sum(one["sql"].count("INSERT INTO") for one in asked)


def _asking(serial: Any) -> Callable[[str], None]:
    application = WSGIHandler()

    def ask(address: str) -> None:
        number = next(serial)
        body = json.dumps(
            {
                "text": f"{TEXT}（{number}）",
                "contact_name": "李女士",
                "contact_phone": f"138{number:08}",
                "wish": "exchange",
                "order_no": f"D{number}",
            }
        ).encode()
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": address,
            "SCRIPT_NAME": "",
            "QUERY_STRING": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_IDEMPOTENCY_KEY": f"k{number}",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        told: list[str] = []
        answer = application(environ, lambda status, headers: told.append(status))
        content = b"".join(answer)
        assert told[0].startswith("201"), (told, content[:300])
        assert settings.ROOT_URLCONF == "benchmarks.complaints"

    return ask

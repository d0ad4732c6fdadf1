"""Edge (extra: view): the explorer over HTTP. Only `serve` imports it.

Everything lies below a path that begins with a secret, so that no other page in the browser and no other user of the
machine can ask; the names that the browser calls the server by are checked against DNS rebinding.
"""

import ipaddress
import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dataset_cartography.decisions import Decision
from dataset_cartography.errors import CartographyError, OutputNotWritableError
from dataset_cartography.explorer.explorer import Explorer
from dataset_cartography.explorer.page import ExplorerPage
from dataset_cartography.explorer.prepared.process import Preparation
from dataset_cartography.explorer.queries import Query, Sorting, Window, example_index, row_range

logger = logging.getLogger(__name__)

LONGEST_BODY = 2_000_000  # bytes; a lasso of 10,000 corners has a fifth of it
_MOST_PASSED_OVER = 200_000_000
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

Body = dict[str, Any]
Answer = Callable[[Body], Any]


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """A request that is answered with a status and a sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Guard:
    """Lets in only who knows the token, under a name that is this machine's, from the page itself.

    Every answer gets the headers that keep browsers from storing it, showing it in a frame, or guessing its type.

    Args:
        app: What is guarded; it sees paths without the token.
        token: The first part of every path.
        hosts: Names that the server may be called by; addresses in numbers always may.
    """

    def __init__(self, app: ASGIApp, token: str, hosts: frozenset[str]) -> None:
        self._app, self._token, self._hosts = app, token.encode("ascii"), hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, refuse, or hand on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            await _refused(refusal)(scope, receive, send_guarded)
            return
        _, _, rest = scope["path"].lstrip("/").partition("/")
        inner = {**scope, "path": f"/{rest}", "raw_path": None, "root_path": ""}
        await self._app(inner, receive, send_guarded)

    def _refusal(self, scope: Scope) -> Refused | None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host", "")
        if not self._is_ours(host):
            return Refused(403, f"This server does not go by the name '{host[:100]}'.")
        token, slash, _ = scope["path"].lstrip("/").partition("/")
        if not slash or not secrets.compare_digest(token.encode("utf-8", "replace"), self._token):
            return Refused(404, "Nothing is here: open the address that `datamap view` printed.")
        if scope["method"] == "POST":
            origin = headers.get("origin")
            if origin is not None and origin != f"{scope['scheme']}://{host}":
                return Refused(403, "Only the explorer's own page may ask.")
            if headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
                return Refused(415, "Only JSON is understood here.")
        return None

    def _is_ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return False
        if not name:
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name in self._hosts
        return True  # a number needs no name server that could lie


def make_app(
    explorer: Explorer, preparation: Preparation, page: ExplorerPage, *, token: str, hosts: frozenset[str]
) -> ASGIApp:
    """The explorer as an application; see `Guard` for token and hosts."""

    def index(_: Request) -> Response:
        return HTMLResponse(page.html, headers={"Content-Security-Policy": page.policy})

    def decide(body: Body) -> Any:
        name = body.get("decision")
        decision = None if name is None else Decision(name, body.get("relabel"))
        return explorer.decide(example_index(body.get("index"), len(explorer.points)), decision)

    def ids(body: Body) -> Iterator[bytes]:
        return _json_list(explorer.ids(Query.of(body.get("query")), Sorting.of(body)))

    asked: dict[str, Answer] = {
        "info": lambda _: explorer.info(),
        "status": lambda _: preparation.status(),
        "detail": lambda query: explorer.detail(example_index(query.get("index"), len(explorer.points))),
    }
    told: dict[str, Answer] = {
        "view": lambda body: explorer.view(Window.of(body), Query.of(body.get("query"))),
        "select": lambda body: explorer.select(
            Query.of(body.get("query")), Sorting.of(body), *row_range(body)
        ),
        "ids": ids,
        "decide": decide,
        "undo": lambda _: explorer.undo(),
    }
    routes = [
        Route("/", index, methods=["GET"]),
        *(Route(f"/api/{name}", _getting(answer), methods=["GET"]) for name, answer in asked.items()),
        *(Route(f"/api/{name}", _posting(answer), methods=["POST"]) for name, answer in told.items()),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _no_such_question})
    app.router.redirect_slashes = False  # it knows no token
    return Guard(app, token, hosts)


def _no_such_question(request: Request, error: Exception) -> Response:
    """An address or a method that there is not."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    path = request.url.path[:100]
    return _refused(Refused(status, f"There is nothing here to {request.method}: '{path}'."))


def _getting(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        return await run_in_threadpool(_respond, answer, dict(request.query_params))

    return handle


def _posting(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        try:
            body = await _body(request)
        except Refused as refusal:
            return _refused(refusal)
        return await run_in_threadpool(_respond, answer, body)

    return handle


async def _body(request: Request) -> Body:
    content, length = bytearray(), 0
    try:
        async for part in request.stream():
            length += len(part)
            # The rest is passed over: who is answered while still sending sees a broken connection, not the answer.
            if length <= LONGEST_BODY:
                content += part
            elif length > _MOST_PASSED_OVER:
                break
    except ClientDisconnect as error:
        raise Refused(400, "The question broke off.") from error
    if length > LONGEST_BODY:
        raise Refused(413, f"The question is longer than {LONGEST_BODY:,} bytes.")
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Refused(400, f"The question is not JSON: {error}.") from error
    if not isinstance(body, dict):
        raise Refused(400, "The question must be a JSON object.")
    return body


def _respond(answer: Answer, body: Body) -> Response:
    """An answer as JSON; a sentence where there is none."""
    try:
        found = answer(body)
    except OutputNotWritableError as error:
        return _refused(Refused(507, str(error)))
    except CartographyError as error:
        return _refused(Refused(400, str(error)))
    except Exception:
        logger.exception("the explorer could not answer")
        return _refused(Refused(500, "The explorer could not answer this: the terminal says more."))
    if isinstance(found, Iterator):
        return StreamingResponse(found, media_type="application/json")
    return _json(found)


def _json(value: Any, status: int = 200) -> Response:
    content = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # Half of a surrogate pair, which only an id of a map could hold, cannot be sent as it is.
    return Response(content.encode("utf-8", "replace"), status, media_type="application/json")


def _refused(refusal: Refused) -> Response:
    return _json({"error": str(refusal)}, refusal.status)


def _json_list(parts: Iterator[list[Any]]) -> Iterator[bytes]:
    """A long list as JSON, a part at a time."""
    first = next(parts, [])  # an unusable question is refused before the answer begins
    yield b"[" + _bare(first)
    for part in parts:
        yield b"," + _bare(part)
    yield b"]"


def _bare(values: list[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))[1:-1].encode("utf-8", "replace")

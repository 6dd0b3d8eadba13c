"""The guard over a small application: rows A01–A14 of the threat model's test plan."""

from __future__ import annotations

import asyncio
import base64
import re
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from modules.api.crossing import CrossingRules
from modules.api.guard import CONTENT_SECURITY_POLICY, Guard, GuardPolicy, policy_for
from modules.settings.flags import Credential, parse_launch_flags

HERE = "127.0.0.1:7860"
OURS = f"http://{HERE}"
USERS = (Credential("ann", "s3cret"), Credential("björn", "pässword:with colon"))


class Job(BaseModel):
    prompt: str


@dataclass
class Server:
    """A FastAPI application behind a guard, called without a network."""

    policy: GuardPolicy = field(default_factory=GuardPolicy)
    now: float = 0.0
    jobs: list[str] = field(default_factory=list)
    handled: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        app = FastAPI()

        @app.middleware("http")
        async def note(request: Request, call_next: Any) -> Any:
            self.handled.append(request.url.path)
            return await call_next(request)

        @app.get("/")
        @app.get("/sdapi/v1/options")
        def read(request: Request) -> dict[str, Any]:
            return {"user": getattr(request.state, "user", None), "client": request.client.host}

        @app.post("/sdapi/v1/txt2img")
        def make(job: Job) -> dict[str, int]:
            self.jobs.append(job.prompt)
            return {"jobs": len(self.jobs)}

        @app.post("/interrupt")
        def interrupt() -> dict[str, str]:
            return {}

        @app.post("/upload")
        async def upload(request: Request) -> dict[str, int]:
            return {"bytes": len(await request.body())}

        @app.get("/events")
        def events() -> StreamingResponse:
            return StreamingResponse((f"data: {i}\n\n" for i in range(3)), media_type="text/event-stream",
                                     headers={"Access-Control-Allow-Origin": "*"})

        @app.get("/broken")
        def broken() -> None:
            raise ZeroDivisionError

        self.guard = Guard(app, self.policy, clock=lambda: self.now)

    def request(self, method: str, path: str, *headers: tuple[str, str], body: bytes | list[bytes] = b"",
                address: str = "127.0.0.1", scheme: str = "http") -> Answer:
        pairs = list(headers)
        if not any(name == "Host" for name, _ in pairs):
            pairs.append(("Host", HERE))
        if isinstance(body, bytes) and body:
            pairs.append(("Content-Length", str(len(body))))
        elif body:
            pairs.append(("Transfer-Encoding", "chunked"))
        path, _, query = path.partition("?")
        scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "scheme": scheme,
            "query_string": query.encode(), "http_version": "1.1", "root_path": "", "client": (address, 5000),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in pairs
                        if value is not None], "asgi": {"version": "3.0"}, "server": ("127.0.0.1", 7860)}
        return asyncio.run(_exchange(self.guard, scope, [body] if isinstance(body, bytes) else body))


@dataclass
class Answer:
    status: int
    pairs: list[tuple[str, str]]
    chunks: list[bytes]
    read_chunks: int

    @property
    def text(self) -> str:
        return b"".join(self.chunks).decode()

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.pairs if key == name.lower()), None)

    def names(self) -> set[str]:
        return {name for name, _ in self.pairs}


async def _exchange(guard: Guard, scope: dict[str, Any], chunks: list[bytes]) -> Answer:
    waiting = list(chunks)
    answer = Answer(0, [], [], 0)

    async def receive() -> dict[str, Any]:
        if answer.read_chunks == len(chunks):
            return await asyncio.Future()
        answer.read_chunks += 1
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            assert answer.status == 0, "answered twice"
            answer.status = message["status"]
            answer.pairs = [(name.decode(), value.decode("latin-1")) for name, value in message["headers"]]
        elif message.get("body"):
            answer.chunks.append(message["body"])

    try:
        await guard(scope, receive, send)
    except ZeroDivisionError:
        assert answer.status == 500
    return answer


def basic(name: str, password: str) -> tuple[str, str]:
    return "Authorization", "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


JSON = ("Content-Type", "application/json")
PROMPT = b'{"prompt": "a cat"}'


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def locked() -> Server:
    return Server(GuardPolicy(users=USERS))


# A01: the name by which the server was reached

@pytest.mark.parametrize("host", [HERE, "localhost:7860", "LOCALHOST:7860", "[::1]:7860", "[0:0:0:0:0:0:0:1]",
                                  "localhost", "localhost:9000"])
def test_own_names_are_answered(server: Server, host: str) -> None:
    assert server.request("GET", "/", ("Host", host)).status == 200


@pytest.mark.parametrize("host", [
    "evil.com", "evil.com:7860", "127.0.0.1.nip.io", "localhost.", "localhost.:7860", "127.0.0.2", "0.0.0.0:7860",
    "127.0.0.1.", "2130706433", "0x7f.1", "[::2]", "192.168.1.5:7860", "sub.localhost"])
def test_foreign_names_are_refused(server: Server, host: str) -> None:
    for method, path in (("GET", "/"), ("POST", "/interrupt"), ("OPTIONS", "/"), ("GET", "/events")):
        answer = server.request(method, path, ("Host", host))
        assert answer.status == 421
        assert "--allowed-host" in answer.text
    assert server.handled == []


@pytest.mark.parametrize("host", ["", " ", "a b", "127.0.0.1@evil.com", "http://127.0.0.1", "127.0.0.1/", "[::1",
                                  "127.0.0.1:x", "127.0.0.1\t"])
def test_malformed_names_are_refused(server: Server, host: str) -> None:
    assert server.request("GET", "/", ("Host", host)).status == 400
    assert server.handled == []


def test_two_names_are_refused(server: Server) -> None:
    assert server.request("GET", "/", ("Host", HERE), ("Host", HERE)).status == 400


# A02, A04: pages of other sites

@pytest.mark.parametrize("origin", ["http://evil.com", "null", "http://localhost:9999", f"https://{HERE}",
                                    "http://evil.com:7860", "http://127.0.0.1", "http://localhost:7860", "file://"])
@pytest.mark.parametrize(("method", "path"), [("POST", "/sdapi/v1/txt2img"), ("POST", "/upload"), ("PUT", "/x"),
                                              ("DELETE", "/x"), ("GET", "/"), ("GET", "/events")])
def test_other_pages_are_refused(server: Server, origin: str, method: str, path: str) -> None:
    answer = server.request(method, path, ("Origin", origin), JSON, body=PROMPT)
    assert answer.status == 403
    assert answer.read_chunks == 0
    assert (server.handled, server.jobs) == ([], [])
    assert not any(name.startswith("access-control") for name in answer.names())


def test_own_page_and_programs_are_served(server: Server) -> None:
    own = ("Origin", OURS), ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "cors")
    assert server.request("POST", "/sdapi/v1/txt2img", *own, JSON, body=PROMPT).status == 200
    assert server.request("POST", "/sdapi/v1/txt2img", JSON, body=PROMPT).status == 200
    assert server.jobs == ["a cat", "a cat"]


def test_two_origins_are_refused(server: Server) -> None:
    assert server.request("GET", "/", ("Origin", OURS), ("Origin", "http://evil.com")).status == 400


# A03: what the browser says about the page that asks

@pytest.mark.parametrize(("site", "mode", "dest", "method", "status"), [
    ("cross-site", "no-cors", "image", "GET", 403),
    ("same-site", "no-cors", "script", "GET", 403),
    ("cross-site", "cors", "empty", "GET", 403),
    ("same-site", "cors", "empty", "POST", 403),
    ("cross-site", "navigate", "document", "POST", 403),
    ("cross-site", "navigate", "iframe", "GET", 403),
    ("cross-site", "navigate", "document", "GET", 200),
    ("none", "navigate", "document", "GET", 200),
    ("same-origin", "cors", "empty", "GET", 200),
])
def test_fetch_metadata(server: Server, site: str, mode: str, dest: str, method: str, status: int) -> None:
    headers = ("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode), ("Sec-Fetch-Dest", dest)
    assert server.request(method, "/" if method == "GET" else "/interrupt", *headers).status == status


# A05: bodies in the forms that need no permission

@pytest.mark.parametrize(("headers", "refused"), [
    ((), False), ((("Origin", OURS),), True), ((("Sec-Fetch-Site", "same-origin"),), True),
    ((("Cookie", "a=b"),), True)])
@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_of_no_type_come_from_programs_alone(server: Server, headers: Any, refused: bool, chunked: bool) -> None:
    answer = server.request("POST", "/upload", *headers, body=[PROMPT] if chunked else PROMPT)
    assert (answer.status == 415) is refused
    assert refused or answer.status == 200


@pytest.mark.parametrize("kind", ["text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded",
                                  "TEXT/PLAIN"])
@pytest.mark.parametrize("chunked", [False, True])
def test_simple_bodies_are_refused(server: Server, kind: str, chunked: bool) -> None:
    headers = [("Content-Type", kind)]
    answer = server.request("POST", "/sdapi/v1/txt2img", *headers, body=[PROMPT] if chunked else PROMPT)
    assert answer.status == 415
    assert server.jobs == []


def test_a_post_without_a_body_needs_no_type(server: Server) -> None:
    assert server.request("POST", "/interrupt").status == 200
    assert server.request("POST", "/interrupt", ("Content-Length", "0")).status == 200


# A07: who may read the answers

def test_preflight_of_a_foreign_page_gets_no_permission(server: Server) -> None:
    answer = server.request("OPTIONS", "/sdapi/v1/txt2img", ("Origin", "http://evil.com"),
                            ("Access-Control-Request-Method", "POST"))
    assert answer.status == 403
    assert not any(name.startswith("access-control") for name in answer.names())


def test_named_sites_may_use_the_api() -> None:
    rules = CrossingRules(origins=frozenset({"https://tool.example"}),
                          origin_pattern=re.compile(r"https://[a-z]+\.lab\.example"))
    server = Server(GuardPolicy(crossing=rules, users=USERS))
    for origin, status in (("https://tool.example", 200), ("https://a.lab.example", 200),
                           ("https://a.lab.example.evil.com", 403), ("http://tool.example", 403)):
        foreign = ("Origin", origin), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "cors")
        preflight = server.request("OPTIONS", "/sdapi/v1/txt2img", *foreign,
                                   ("Access-Control-Request-Headers", "content-type, authorization"))
        answer = server.request("POST", "/sdapi/v1/txt2img", *foreign, JSON, basic("ann", "s3cret"), body=PROMPT)
        assert answer.status == status
        assert answer.header("access-control-allow-origin") == (origin if status == 200 else None)
        assert preflight.status == (204 if status == 200 else 403)
        assert preflight.header("access-control-allow-headers") == (
            "content-type, authorization" if status == 200 else None)


def test_the_application_cannot_open_its_answers_to_others(server: Server) -> None:
    assert "access-control-allow-origin" not in server.request("GET", "/events").names()


# A08: headers on every answer

@pytest.mark.parametrize(("method", "path", "headers"), [
    ("GET", "/", ()), ("GET", "/missing", ()), ("GET", "/broken", ()), ("GET", "/events", ()),
    ("POST", "/sdapi/v1/txt2img", (JSON,)), ("GET", "/", (("Host", "evil.com"),)),
    ("POST", "/x", (("Origin", "null"),)),
])
@pytest.mark.parametrize("users", [(), USERS], ids=["open", "locked"])
def test_every_answer_carries_the_headers(method: str, path: str, headers: tuple, users: tuple) -> None:
    answer = Server(GuardPolicy(users=users)).request(method, path, *headers)
    assert answer.header("content-security-policy") == CONTENT_SECURITY_POLICY
    assert "frame-ancestors 'self'" in CONTENT_SECURITY_POLICY
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("referrer-policy") == "same-origin"
    assert answer.header("cross-origin-resource-policy") == "same-origin"


# A10, A12: one password for everything

@pytest.mark.parametrize("path", ["/", "/sdapi/v1/options", "/openapi.json", "/docs", "/events", "/missing",
                                  "/gradio_api/startup-events", "/login/x", "/static/../login", "/favicon.ico"])
def test_nothing_is_open_without_a_login(locked: Server, path: str) -> None:
    for method in ("GET", "POST", "HEAD", "OPTIONS", "DELETE"):
        assert locked.request(method, path).status == 401
    assert locked.handled == []


def test_programs_log_in_with_basic(locked: Server) -> None:
    for user in USERS:
        answer = locked.request("GET", "/sdapi/v1/options", basic(user.name, user.password))
        assert answer.status == 200
        assert f'"user":"{user.name}"' in answer.text
    answer = locked.request("GET", "/sdapi/v1/options")
    assert (answer.header("www-authenticate") or "").startswith("Basic")


@pytest.mark.parametrize("value", ["", "Basic", "Basic !!!", "Basic YW5u", "Bearer abc", "Basic " + "A" * 5000,
                                   "Basic /w==", basic("ann", "")[1], basic("", "s3cret")[1],
                                   basic("ann", "pässword:with colon")[1]])
def test_bad_basic_is_refused(locked: Server, value: str) -> None:
    assert locked.request("GET", "/", ("Authorization", value)).status == 401


def login(server: Server, name: str, password: str, target: str = "/", **options: Any) -> Answer:
    from urllib.parse import urlencode

    body = urlencode({"username": name, "password": password, "next": target}).encode()
    return server.request("POST", "/login", ("Content-Type", "application/x-www-form-urlencoded"),
                          ("Origin", OURS if options.get("scheme") != "https" else f"https://{HERE}"),
                          body=body, **options)


def test_browsers_get_a_page_and_a_cookie(locked: Server) -> None:
    page = locked.request("GET", "/?__theme=dark", ("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate"))
    assert page.status == 401
    assert 'action="/login"' in page.text
    assert 'value="/?__theme=dark"' in page.text
    assert page.header("www-authenticate") is None
    answer = login(locked, "björn", "pässword:with colon", "/?__theme=dark")
    assert (answer.status, answer.header("location")) == (303, "/?__theme=dark")
    cookie = answer.header("set-cookie") or ""
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    pair = ("Cookie", 'odd={"a": [1]}; ' + cookie.split(";")[0])
    assert '"user":"björn"' in locked.request("GET", "/", pair).text
    locked.now = 12 * 3600 + 1
    assert locked.request("GET", "/", pair).status == 401


def test_the_cookie_is_secure_under_https(locked: Server) -> None:
    assert "Secure" in (login(locked, "ann", "s3cret", scheme="https").header("set-cookie") or "")


def test_scripts_of_the_page_get_no_login_box(locked: Server) -> None:
    answer = locked.request("GET", "/", ("Accept", "*/*"), ("Sec-Fetch-Mode", "cors"))
    assert (answer.status, answer.header("www-authenticate")) == (401, None)


@pytest.mark.parametrize("target", ["//evil.com", "/\\evil.com", "http://evil.com", "javascript:alert(1)", "", "/login",
                                    "/a\r\nX: y", "/\x00", "/ünï"])
def test_a_login_leads_nowhere_else(locked: Server, target: str) -> None:
    assert login(locked, "ann", "s3cret", target).header("location") == "/"


def test_a_foreign_page_cannot_log_in(locked: Server) -> None:
    answer = locked.request("POST", "/login", ("Origin", "http://evil.com"), body=b"username=ann&password=s3cret")
    assert (answer.status, answer.header("set-cookie")) == (403, None)


def test_the_login_page_escapes_what_it_repeats(locked: Server) -> None:
    page = locked.request("GET", '/?x="><script>alert(1)</script>', ("Accept", "text/html"))
    assert "<script" not in page.text
    page = login(locked, "ann", "wrong", '/"><script>')
    assert "<script" not in page.text


def test_a_giant_login_is_refused(locked: Server) -> None:
    assert locked.request("POST", "/login", body=b"username=" + b"a" * 10000).status == 401


def test_under_a_subpath_the_login_stays_there() -> None:
    server = Server(GuardPolicy(users=USERS, subpath="/sd"))
    assert 'action="/sd/login"' in server.request("GET", "/", ("Accept", "text/html")).text
    body = b"username=ann&password=s3cret&next=//evil.com"
    answer = server.request("POST", "/sd/login", body=body)
    assert answer.header("location") == "/sd/"
    assert "Path=/sd" in (answer.header("set-cookie") or "")


# A11: guessing

def test_guessing_is_slowed_down(locked: Server) -> None:
    statuses = [locked.request("GET", "/", basic("ann", str(n)), address="10.0.0.9").status for n in range(100)]
    assert statuses.count(429) >= 95
    assert locked.request("GET", "/", basic("ann", "s3cret"), address="10.0.0.9").status == 429
    assert locked.request("GET", "/", basic("ann", "s3cret"), address="10.0.0.8").status == 200
    locked.now += 3.0
    assert locked.request("GET", "/", basic("ann", "s3cret"), address="10.0.0.9").status == 200


def test_waiting_times_double_up_to_a_quarter_of_an_hour(locked: Server) -> None:
    waits = []
    for _ in range(20):
        answer = login(locked, "ann", "wrong")
        waits.append(int(answer.header("retry-after") or 0))
        locked.now += waits[-1]
    assert waits[:8] == [0, 0, 0, 0, 2, 4, 8, 16]
    assert waits[-1] == 900
    locked.now += 901.0
    assert login(locked, "ann", "wrong").header("retry-after") is None


def test_a_household_of_ipv6_counts_as_one(locked: Server) -> None:
    for n in range(6):
        locked.request("GET", "/", basic("ann", "x"), address=f"2001:db8:1:2::{n}")
    assert locked.request("GET", "/", basic("ann", "s3cret"), address="2001:db8:1:2:ffff::1").status == 429
    assert locked.request("GET", "/", basic("ann", "s3cret"), address="2001:db8:1:3::1").status == 200


def test_a_session_outlives_the_guessing_of_others(locked: Server) -> None:
    cookie = (login(locked, "ann", "s3cret").header("set-cookie") or "").split(";")[0]
    for n in range(10):
        locked.request("GET", "/", basic("ann", str(n)))
    assert locked.request("GET", "/", ("Cookie", cookie)).status == 200


# A13: who really asks

def test_forwarded_headers_are_ignored(locked: Server) -> None:
    spoofed = ("X-Forwarded-Host", HERE), ("X-Forwarded-For", "10.1.1.1"), ("Forwarded", f"host={HERE}")
    assert locked.request("GET", "/", ("Host", "evil.com"), *spoofed).status == 421
    for n in range(10):
        locked.request("GET", "/", basic("ann", "x"), ("X-Forwarded-For", f"10.1.1.{n}"), address="10.0.0.9")
    assert locked.request("GET", "/", basic("ann", "s3cret"), *spoofed, address="10.0.0.9").status == 429


# A14: websockets

@pytest.mark.parametrize(("headers", "accepted"), [
    ([("Host", HERE), ("Origin", OURS)], True),
    ([("Host", HERE)], True),
    ([("Host", HERE), ("Origin", "http://evil.com")], False),
    ([("Host", "evil.com"), ("Origin", "http://evil.com")], False),
    ([("Host", HERE), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "websocket")], False),
])
def test_websockets_are_checked_too(headers: list[tuple[str, str]], accepted: bool) -> None:
    assert asyncio.run(_connect(GuardPolicy(), headers)) == ("websocket.accept" if accepted else "websocket.close")
    assert asyncio.run(_connect(GuardPolicy(users=USERS), headers)) == "websocket.close"
    if accepted:
        login_header = basic("ann", "s3cret")
        assert asyncio.run(_connect(GuardPolicy(users=USERS), [*headers, login_header])) == "websocket.accept"


async def _connect(policy: GuardPolicy, headers: list[tuple[str, str]]) -> str:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    sent = []

    async def send(message: Any) -> None:
        sent.append(message["type"])

    scope = {"type": "websocket", "path": "/ws", "scheme": "ws", "client": ("127.0.0.1", 1),
             "headers": [(name.lower().encode(), value.encode()) for name, value in headers]}
    await Guard(application, policy)(scope, receive, send)
    return sent[0]


# Sizes

@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "image/png"])
def test_large_bodies_are_refused(kind: str) -> None:
    server = Server(GuardPolicy(max_body_bytes=1000))
    announced = server.request("POST", "/upload", ("Content-Type", kind), body=b"x" * 1001)
    assert (announced.status, announced.read_chunks) == (413, 0)
    streamed = server.request("POST", "/upload", ("Content-Type", kind), body=[b"x" * 400] * 50)
    assert (streamed.status, streamed.read_chunks) == (413, 3)
    assert "larger than" in streamed.text
    fitting = server.request("POST", "/upload", ("Content-Type", kind), body=[b"x" * 500] * 2)
    assert (fitting.status, fitting.text) == (200, '{"bytes":1000}')


@pytest.mark.parametrize("length", ["-1", "1e3", "x", "٣"])
def test_odd_lengths_are_refused(server: Server, length: str) -> None:
    encoded = length.encode().decode("latin-1")
    assert server.request("POST", "/upload", JSON, ("Content-Length", encoded)).status == 400


def test_streams_pass_through_piece_by_piece(server: Server) -> None:
    answer = server.request("GET", "/events")
    assert answer.chunks == [b"data: 0\n\n", b"data: 1\n\n", b"data: 2\n\n"]


def test_other_scopes_pass_untouched() -> None:
    seen = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    asyncio.run(Guard(application, GuardPolicy())({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert seen == [{"type": "lifespan"}]


# The policy that launch flags ask for

@pytest.mark.parametrize(("line", "host", "status"), [
    ("", "localhost", 200),
    ("", "192.168.1.5", 421),
    ("", "den", 421),
    ("--allowed-host Paint.example", "paint.example", 200),
    ("--server-name 192.168.1.5", "192.168.1.5:7860", 200),
    ("--server-name 192.168.1.5", "192.168.1.6:7860", 421),
    ("--listen", "192.168.1.5:7860", 200),
    ("--listen", "10.0.0.1", 200),
    ("--listen", "100.101.102.103", 200),
    ("--listen", "[fe80::1]:7860", 200),
    ("--listen", "den:7860", 200),
    ("--listen", "den.local:7860", 200),
    ("--listen", "0.0.0.0:7860", 421),
    ("--listen", "8.8.8.8", 421),
    ("--listen", "evil.com", 421),
    ("--listen", "192.168.1.5.nip.io", 421),
])
def test_policy_for_flags(line: str, host: str, status: int) -> None:
    policy = policy_for(parse_launch_flags(line.split()), machine_name="Den")
    assert Server(policy).request("GET", "/", ("Host", host)).status == status


def test_a_proxy_may_speak_https_under_a_given_name() -> None:
    server = Server(policy_for(parse_launch_flags(["--allowed-host", "paint.example"])))
    for origin, status in (("https://paint.example", 200), ("http://paint.example", 200), ("https://other", 403)):
        answer = server.request("POST", "/interrupt", ("Host", "paint.example"), ("Origin", origin))
        assert answer.status == status


def test_policy_carries_users_and_subpath() -> None:
    flags = parse_launch_flags(["--gradio-auth", "a:b", "--subpath", "sd", "--port", "1"])
    policy = policy_for(replace(flags, cors_allow_origins_regex="https://.*"))
    assert (policy.users, policy.subpath, policy.cookie_name) == (flags.users, "/sd", "webui_session_1")
    assert policy.crossing.trusts_origin("https://x")

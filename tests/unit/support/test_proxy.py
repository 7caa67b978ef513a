"""The proxy that tests put between the operator and the world."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from support.calls import Answer, Call, Delay, Hold, Lost, Moment, Verdict
from support.proxy import Proxy, proxied
from support.waiting import until

WATCH = "/apis/g/v1/things?watch=true"


class Upstream(BaseHTTPRequestHandler):
    """Answers everything, and a watch with two events."""

    protocol_version = "HTTP/1.1"
    seen: list[str]

    def do_GET(self) -> None:
        self.seen.append(self.path)
        self.send_response(200)
        if "watch=" in self.path:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for event in (b"one\n", b"two\n"):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
            self.wfile.flush()
            self.server.go_on.wait(10)  # type: ignore[attr-defined]
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"done")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- http.server's name
        """Say nothing."""


@pytest.fixture
def seen() -> list[str]:
    """What arrived behind the proxy."""
    return []


@pytest.fixture
def proxy(seen: list[str]) -> Iterator[Proxy]:
    """A proxy before a server that answers everything."""
    handler = type("Handler", (Upstream,), {"seen": seen})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.go_on = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        with proxied(f"http://127.0.0.1:{server.server_port}") as proxy:
            yield proxy
    finally:
        server.go_on.set()  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def client(proxy: Proxy) -> Iterator[httpx.Client]:
    """Someone who speaks through the proxy."""
    with httpx.Client(base_url=proxy.url, timeout=10) as client:
        yield client


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Someone to wait elsewhere."""
    with ThreadPoolExecutor() as pool:
        yield pool


def at(moment: Moment, verdict: Verdict) -> object:
    """Return a hook with a verdict at one moment."""
    return lambda _, reached: verdict if reached is moment else None


def test_a_request_passes_with_its_query_and_is_seen_without_it(
    proxy: Proxy, client: httpx.Client, seen: list[str]
) -> None:
    moments: list[Moment] = []
    proxy.hook = lambda _, moment: moments.append(moment)
    assert client.get("/?Action=GetMixTaskInfo&TaskId=lobby&Signature=5ecret%2B").text == "done"
    until(lambda: moments == list(Moment))
    assert seen == ["/?Action=GetMixTaskInfo&TaskId=lobby&Signature=5ecret%2B"]
    assert proxy.calls == [Call("GetMixTaskInfo", "GET", "/", b"", "lobby")]
    assert "5ecret" not in str(proxy.calls)


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/api/v1/namespaces/a/secrets/s", "GET secrets"),
        ("GET", "/api/v1/namespaces/a", "GET namespaces"),
        ("GET", "/apis/g/v1/namespaces/a/automixes", "LIST automixes"),
        ("GET", "/apis/g/v1/namespaces/a/automixes/x/status", "GET automixes/status"),
        ("GET", WATCH, "WATCH things"),
        ("GET", "/version", "GET /version"),
    ],
)
def test_a_request_is_named_by_what_it_does(
    proxy: Proxy, client: httpx.Client, method: str, path: str, kind: str
) -> None:
    with client.stream(method, path):
        assert proxy.calls[0].kind == kind


def test_a_request_lost_before_it_is_sent_on_has_no_effect(proxy: Proxy, client: httpx.Client, seen: list[str]) -> None:
    proxy.hook = at(Moment.ARRIVED, Lost())  # type: ignore[assignment]
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/")
    assert seen == []


def test_an_answer_can_be_lost_after_the_effect(proxy: Proxy, client: httpx.Client, seen: list[str]) -> None:
    proxy.hook = at(Moment.EFFECT, Lost())  # type: ignore[assignment]
    with pytest.raises(httpx.HTTPError):
        client.get("/")
    assert seen == ["/"]


def test_an_error_can_stand_in_for_the_answer(proxy: Proxy, client: httpx.Client, seen: list[str]) -> None:
    proxy.hook = at(Moment.EFFECT, Answer(502, "bad gateway", {"Retry-After": "1"}))  # type: ignore[assignment]
    answer = client.get("/")
    assert (answer.status_code, answer.text, answer.headers["Retry-After"]) == (502, "bad gateway", "1")
    assert seen == ["/"]


def test_an_answer_can_be_slow(proxy: Proxy, client: httpx.Client) -> None:
    proxy.hook = at(Moment.EFFECT, Delay(0.2))  # type: ignore[assignment]
    assert client.get("/").elapsed.total_seconds() >= 0.2


def test_a_request_is_held_until_it_is_released(
    proxy: Proxy, client: httpx.Client, pool: ThreadPoolExecutor, seen: list[str]
) -> None:
    hold = Hold()
    proxy.hook = at(Moment.ARRIVED, hold)  # type: ignore[assignment]
    answer = pool.submit(client.get, "/")
    assert hold.reached.wait(10)
    assert seen == []
    assert proxy.quiet_for == 0
    hold.release()
    assert answer.result().text == "done"
    until(lambda: proxy.quiet_for > 0)


def test_a_watch_is_passed_on_as_it_comes_and_ends_with_an_event_when_it_is_gone(
    proxy: Proxy, client: httpx.Client
) -> None:
    with client.stream("GET", WATCH) as answer:
        lines = answer.iter_lines()
        assert [next(lines), next(lines)] == ["one", "two"]
        proxy.gone()
        assert '"code": 410' in next(lines)
        assert next(lines, None) is None


def test_a_frozen_proxy_is_silent_and_loses_nothing(
    proxy: Proxy, client: httpx.Client, pool: ThreadPoolExecutor, seen: list[str]
) -> None:
    proxy.freeze()
    with pytest.raises(httpx.ReadTimeout):
        client.get("/", timeout=0.2)
    late = pool.submit(client.get, "/")
    until(lambda: len(proxy.calls) == 2)
    assert seen == []
    proxy.thaw()
    assert late.result().text == "done"


def test_a_proxy_that_refuses_takes_no_connection_until_it_is_thawed(proxy: Proxy, client: httpx.Client) -> None:
    client.get("/")
    proxy.refuse()
    with pytest.raises(httpx.HTTPError):
        client.get("/")
    with pytest.raises(httpx.ConnectError):
        httpx.get(proxy.url)
    proxy.thaw()
    assert client.get("/").text == "done"


def test_a_proxy_can_say_that_it_is_too_much(proxy: Proxy, client: httpx.Client, seen: list[str]) -> None:
    proxy.too_many(retry_after=3)
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
    assert seen == []
    proxy.thaw()
    assert client.get("/").status_code == 200

"""The example of ``deploy/nginx.conf`` in Debian's nginx, before a desk that tells what it got."""

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID
from receivers import LOOKS_UP_EVERY
from scratch_service import REPOSITORY

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or ""
DESK = "wen.example.gov.cn"

pytestmark = pytest.mark.skipif(not NGINX, reason="Debian's nginx is not installed")


class Upstream(BaseHTTPRequestHandler):
    """A desk that answers with the headers it got."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        told = json.dumps(dict(self.headers)).encode()
        self.send_response(503 if self.path.startswith("/desk/busy") else 200)
        kept = "public, max-age=60" if self.path.startswith("/static") else "public, no-cache"
        for name, value in (("Cache-Control", kept), ("Content-Length", str(len(told)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(told)

    do_POST = do_GET  # noqa: N815 - so the base class names it

    def log_message(self, *_given: object) -> None:
        """Say nothing."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, DESK)])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = made.not_valid_before(now).not_valid_after(now + timedelta(1)).sign(key, SHA256())
    pem = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(signed.public_bytes(pem))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(pem, *plain))


def configured(folder: Path, upstream: int, port: int) -> Path:
    """The example with the paths and ports of a test; a header states the visitor's address."""
    site = (REPOSITORY / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    for was, now in (
        (r"/etc/ssl/qa-\w+", str(folder)),
        (r"/var/(log|cache)/nginx", str(folder)),
        (r"listen (\[::\]:)?(443|80)\b", rf"listen \g<1>{port}"),
        (r"listen (\S+);", r"listen \g<1> ssl;"),
        (r"listen \[::\].*", ""),
        ("127.0.0.1:801[23]", f"127.0.0.1:{upstream}"),
        # However slow the machine is, sixty requests come faster than this.
        ("rate=10r/s", "rate=10r/m"),
    ):
        site = re.sub(was, now, site)
    # The one that leads from HTTP to HTTPS has the same name and port here.
    site = re.sub(
        r"server \{\s+listen \S+ ssl;\s+server_name.*?\n\}\n", "", site, count=1, flags=re.S
    )
    (folder / "site.conf").write_text(site, encoding="utf-8")
    whole = folder / "nginx.conf"
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # Its workers would be somebody else's otherwise, who may not write here.
    user = "user root;" if os.geteuid() == 0 else ""
    whole.write_text(
        f"{user} daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}"
        f" http {{ {temporary} set_real_ip_from 127.0.0.1; real_ip_header X-Visitor;"
        f" include {folder}/site.conf; }}",
        encoding="utf-8",
    )
    return whole


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A visitor before nginx, which stands before the upstream."""
    folder = tmp_path_factory.mktemp("nginx")
    upstream = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    thread = Thread(target=upstream.serve_forever, args=(LOOKS_UP_EVERY,))
    thread.start()
    port = free_port()
    write_certificate(folder)
    whole = configured(folder, upstream.server_address[1], port)
    command = [NGINX, "-p", str(folder), "-c", str(whole)]
    tried = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stderr
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    retrying = httpx.HTTPTransport(verify=trusting, retries=8)
    address = f"https://127.0.0.1:{port}"
    with httpx.Client(base_url=address, headers={"Host": DESK}, transport=retrying) as client:
        yield client
    process.terminate()
    process.wait(timeout=10)
    upstream.shutdown()
    thread.join()
    upstream.server_close()


def from_(visitor: str) -> dict[str, str]:
    return {"X-Visitor": visitor}


def test_the_desk_gets_the_visitor_and_nothing_of_the_staff_is_passed_on(
    desk: httpx.Client,
) -> None:
    page = desk.get("/desk", headers=from_("203.0.113.1"))
    got = {name.lower(): value for name, value in page.json().items()}
    assert got["x-forwarded-for"].endswith("203.0.113.1")
    assert (got["x-forwarded-proto"], got["host"]) == ("https", DESK)
    assert page.headers["strict-transport-security"]
    assert "nginx/" not in page.headers["server"]
    assert desk.get("/", headers=from_("203.0.113.1")).headers["location"].endswith("/desk")
    for path in ("/ledger", "/login", "/api/v1/pairs", "/metrics", "/desktop"):
        found = desk.get(path, headers=from_("203.0.113.1"))
        assert (path, found.status_code) == (path, 404)


def test_a_cache_keeps_files_and_asks_for_pages(desk: httpx.Client) -> None:
    def answered(path: str) -> set[str]:
        both = [desk.get(path, headers=from_("203.0.113.2")) for _ in range(2)]
        return {one.json()["X-Request-Id"] for one in both}

    assert len(answered("/static/desk/desk.css?v=1")) == 1
    assert len(answered("/desk/answers/a")) == 2


@pytest.mark.parametrize(
    ("visitors", "is_one"),
    [
        (["203.0.113.3"] * 60, True),
        ([f"2001:db8:0:1::{n:x}" for n in range(60)], True),
        ([f"2001:db8:0:{n:x}::1" for n in range(256, 316)], False),
        ([f"203.0.113.{n}" for n in range(100, 160)], False),
    ],
)
def test_floods_of_one_visitor_end_there(
    desk: httpx.Client, visitors: list[str], is_one: bool
) -> None:
    found = [desk.get("/desk", headers=from_(one)) for one in visitors]
    refused = [one for one in found if one.status_code == 429]
    assert bool(refused) is is_one
    assert {one.status_code for one in found} <= {200, 429}
    for one in refused[:1]:
        assert "访问过于频繁" in one.text
        assert one.headers["content-type"] == "text/html; charset=utf-8"
        assert (one.headers["retry-after"], one.headers["cache-control"]) == ("10", "no-store")


def test_what_is_sent_is_counted_apart_and_a_busy_desk_tells_so_itself(
    desk: httpx.Client,
) -> None:
    visitor = from_("203.0.113.4")
    sent = [desk.post("/desk/ask", headers=visitor).status_code for _ in range(13)]
    assert sent.count(429) >= 1
    assert desk.get("/desk", headers=visitor).status_code == 200
    busy = desk.get("/desk/busy", headers=visitor)
    assert (busy.status_code, "X-Request-Id" in busy.json()) == (503, True)
    assert (
        desk.post("/desk/ask", headers=from_("203.0.113.5"), content=b"a" * 17_000).status_code
        == 413
    )

"""What a proxy in front states is taken from that proxy alone, and only if it is well-formed."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from qa_service.errors import ConfigurationError
from qa_service.server.forwarded import ForwardedRequest, valid_address
from qa_service.server.trusted import trusted_networks

PROXY = "192.0.2.10"


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with what the application behind would see."""
    request = Request(scope)
    seen = {"client": scope["client"][0], "scheme": scope["scheme"], "path": request.url.path}
    await JSONResponse(seen)(scope, receive, send)


def seen(path: str = "/ledger", peer: str = PROXY, prefix: str = "", **headers: str) -> Any:
    app = ForwardedRequest(echo, trusted=trusted_networks(f"{PROXY}, 2001:db8::/32"), prefix=prefix)
    client = TestClient(app, client=(peer, 50000))
    return client.get(
        path, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )


class TestAddress:
    @pytest.mark.parametrize(
        ("stated", "client"),
        [
            ("198.51.100.7", "198.51.100.7"),
            ("203.0.113.77, 198.51.100.7", "198.51.100.7"),
            ("198.51.100.7:4711", "198.51.100.7"),
            ("[2001:db9::7]:4711", "2001:db9::7"),
            ("::ffff:198.51.100.7", "198.51.100.7"),
            ("198.51.100.7, 2001:db8::1", "198.51.100.7"),
            ("198.51.100.7, nobody", PROXY),
            ("x" * 35_000, PROXY),
            ("<script>", PROXY),
            ("198.51.100.7 OR 1=1", PROXY),
            ("1.2.3.4.5", PROXY),
            ("", PROXY),
        ],
    )
    def test_is_the_last_one_no_proxy_has(self, stated: str, client: str) -> None:
        assert seen(x_forwarded_for=stated).json()["client"] == client

    def test_of_anybody_else_is_not_believed(self) -> None:
        found = seen(
            peer="198.51.100.200", x_forwarded_for="203.0.113.5", x_forwarded_proto="https"
        )
        assert (found.json()["client"], found.json()["scheme"]) == ("198.51.100.200", "http")

    def test_of_a_socket_that_takes_both_is_counted_as_ipv4(self) -> None:
        for peer in ("::ffff:203.0.113.7", "203.0.113.7"):
            assert seen(peer=peer).json()["client"] == "203.0.113.7"

    def test_has_no_zone_and_no_port(self) -> None:
        assert valid_address("fe80::1%eth0") == "fe80::1"
        assert valid_address("[::1]:80") == "::1"
        assert valid_address("localhost") is None


class TestScheme:
    @pytest.mark.parametrize(("stated", "scheme"), [("https", "https"), ("javascript", "http")])
    def test_is_http_or_https(self, stated: str, scheme: str) -> None:
        assert seen(x_forwarded_proto=stated).json()["scheme"] == scheme


class TestSetting:
    @pytest.mark.parametrize("setting", ["proxy.example", "127.0.0.1, 10.0.0.0/99", "1.2.3"])
    def test_that_is_no_address_is_told(self, setting: str) -> None:
        with pytest.raises(ConfigurationError) as refused:
            trusted_networks(setting)
        assert refused.value.problems[0].field == "QA_TRUSTED_PROXIES"

    def test_star_is_everybody(self) -> None:
        assert len(trusted_networks("*")) == 2


class TestPrefix:
    @pytest.mark.parametrize(
        ("path", "stated", "inside"),
        [
            ("/qa/ledger", "/qa", "/ledger"),
            ("/ledger", "/qa/", "/ledger"),
            ("/qa", "/qa", "/"),
            ("/qanda", "/qa", "/qanda"),
            ("/a/b/pairs", "/a/b", "/pairs"),
            ("/qa/ledger", "//evil.example", "/qa/ledger"),
            ("/qa/ledger", '/qa"onload=', "/qa/ledger"),
        ],
    )
    def test_is_cut_off_whether_the_proxy_did_or_not(
        self, path: str, stated: str, inside: str
    ) -> None:
        assert seen(path, x_forwarded_prefix=stated).json()["path"] == inside

    def test_of_the_setting_needs_no_header(self) -> None:
        assert seen("/qa/ledger", peer="198.51.100.9", prefix="/qa").json()["path"] == "/ledger"

    def test_of_a_stranger_is_ignored(self) -> None:
        found = seen("/qa/ledger", peer="198.51.100.9", x_forwarded_prefix="/qa")
        assert found.json()["path"] == "/qa/ledger"


class TestPagesBehindAPrefix:
    @pytest.fixture
    def behind(self, app: FastAPI) -> TestClient:
        proxied = ForwardedRequest(app, trusted=trusted_networks(PROXY))
        return TestClient(
            proxied,
            client=(PROXY, 1),
            headers={"X-Forwarded-Prefix": "/qa"},
            follow_redirects=False,
        )

    def test_redirects_lead_behind_it(self, behind: TestClient) -> None:
        assert behind.get("/qa/ledger").headers["location"] == "/qa/login?next=/ledger"
        shown = {"HX-Request": "true", "HX-Current-URL": "http://testserver/qa/pairs"}
        answer = behind.get("/qa/ledger", headers=shown)
        assert answer.headers["hx-redirect"] == "/qa/login?next=/pairs"

    def test_every_address_in_a_page_leads_behind_it(self, behind: TestClient) -> None:
        page = behind.get("/qa/login")
        assert page.status_code == 200
        assert 'action="/qa/login' in page.text
        assert 'href="/qa/static/style.css?v=' in page.text
        for attribute in ("href", "src", "action"):
            for rest in page.text.split(f' {attribute}="/')[1:]:
                assert rest.startswith("qa/"), rest[:40]
        style = page.text.partition('href="/qa/static/style')[2].partition('"')[0]
        assert behind.get(f"/qa/static/style{style}").status_code == 200

    def test_documentation_and_its_description_too(self, behind: TestClient) -> None:
        assert 'src="/qa/static/vendor' in behind.get("/qa/docs").text
        assert behind.get("/qa/openapi.json").json()["servers"] == [{"url": "/qa"}]
        assert behind.get("/qa/healthz").json() == {"status": "ok"}


def test_the_compose_file_trusts_the_gateway_alone_and_listens_on_this_host_alone() -> None:
    text = (Path(__file__).parents[2] / "compose.yaml").read_text(encoding="utf-8")
    stated = re.findall(r"QA_TRUSTED_PROXIES: (\S+)", text)
    subnet, gateway = re.findall(r"subnet: ([\d./]+), gateway: ([\d.]+)", text)[0]
    (trusted,) = trusted_networks(", ".join(stated))
    assert (trusted.num_addresses, str(trusted.network_address)) == (1, gateway)
    assert trusted.subnet_of(ip_network(subnet))
    ports = re.findall(r'ports: \["([^"]+)"', text)
    assert [port.split(":")[0] for port in ports] == ["127.0.0.1"]
    assert 'QA_SECURE_COOKIES: "true"' in text

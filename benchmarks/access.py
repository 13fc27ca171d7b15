"""What it costs to know who asks: one sign-in, and a request with its key against one without.

python -m benchmarks.access [--times 300] [--json]
"""

import argparse
import tempfile
from pathlib import Path
from time import perf_counter

from fastapi.testclient import TestClient

from benchmarks.figures import percentiles, show
from qa_service.accounts.actor import Actor, ActorKind
from qa_service.accounts.api_keys import create_key
from qa_service.accounts.authentication.passwords import hash_password, is_password
from qa_service.accounts.users import create_user
from qa_service.api.dependencies import Caller, caller_with
from qa_service.clock import SystemClock
from qa_service.server.app import create_app
from qa_service.services import Services, build_services, open_database, open_tokenizer
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role, Scope

PASSWORD = "a password of the benchmark"  # noqa: S105 - nobody's


def open_service(folder: Path, corpus: Path) -> Services:
    """A service without bank and model: what is measured happens before both."""
    settings = Settings(
        data_dir=folder / "data",
        index_dir=folder / "index",
        corpus_dir=corpus,
        scheduler_seconds=0,
    )
    services = build_services(
        settings,
        clock=SystemClock(),
        database=open_database(settings),
        tokenizer=open_tokenizer(settings),
        encoder=None,
    )
    services.index_sync.open()
    return services


def requests_ms(client: TestClient, times: int) -> list[float]:
    """Milliseconds of each of ``times`` reads of the ledger."""
    spent = []
    for _ in range(times):
        started = perf_counter()
        assert client.get("/api/v1/ledger").status_code == 200
        spent.append((perf_counter() - started) * 1000)
    return spent


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--times", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        services = open_service(Path(folder), options.corpus)
        now = services.clock.now()
        with session_scope(services.database) as session:
            key = create_key(session, "benchmark", list(Scope), now=now, per_minute=1_000_000)
            roles = (Role.OPERATOR,)
            create_user(session, "someone", PASSWORD, display_name="x", roles=roles, now=now)
        hashed, hashes = hash_password(PASSWORD), []
        for _ in range(20):
            started = perf_counter()
            assert is_password(hashed, PASSWORD)
            hashes.append((perf_counter() - started) * 1000)
        app = create_app(services)
        client = TestClient(app, headers={"Authorization": f"Bearer {key}"})
        requests_ms(client, 20)
        with_key = requests_ms(client, options.times)
        for scopes in ((Scope.LEDGER, Scope.SUPERVISE),):
            app.dependency_overrides[caller_with(*scopes)] = lambda: Caller(
                1, Actor(ActorKind.SYSTEM, "benchmark", api_key_id=1), None
            )
        without = requests_ms(client, options.times)
        figures = {
            "argon2id_ms": percentiles(hashes),
            "with_key_ms": percentiles(with_key),
            "without_ms": percentiles(without),
            "requests_per_second_with_key": round(1000 * len(with_key) / sum(with_key)),
            "requests_per_second_without": round(1000 * len(without) / sum(without)),
        }
        show(figures, as_json=options.json)


if __name__ == "__main__":
    main()

"""Readiness tells of keys and disks, and no busy thread delays it or the sign of life."""

from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from anyio import to_thread
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from qa_service.api.readiness import NotReadyError, check_readiness
from qa_service.services import Services
from qa_service.storage.encryption import FieldCipher
from qa_service.storage.engine import session_scope
from qa_service.storage.models import EncryptionKey


class TestReadiness:
    def test_with_another_key_than_the_databases_is_degraded(self, services: Services) -> None:
        assert check_readiness(services).degraded_reason is None
        other = replace(services, cipher=FieldCipher.of(b"k" * 32))
        assert "1 号密钥" in (check_readiness(other).degraded_reason or "")

    def test_without_the_newest_key_is_degraded(self, services: Services) -> None:
        with session_scope(services.database) as session:
            key = EncryptionKey(key_id=2, fingerprint="f", registered_at=services.clock.now())
            session.add(key)
        assert "2 号密钥" in (check_readiness(services).degraded_reason or "")

    def test_where_nothing_can_be_written_is_not_ready(
        self, services: Services, tmp_path: Path
    ) -> None:
        settings = services.settings.model_copy(update={"data_dir": tmp_path / "gone"})
        with pytest.raises(NotReadyError) as refused:
            check_readiness(replace(services, settings=settings))
        assert refused.value.problems[0].field == "disk"


@pytest.mark.anyio
class TestBusyThreads:
    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    async def test_delay_neither_healthz_nor_readyz(self, app: FastAPI) -> None:
        from anyio import create_task_group, fail_after

        over = Event()
        limiter = to_thread.current_default_thread_limiter()
        transport = ASGITransport(app)
        async with (
            AsyncClient(transport=transport, base_url="http://testserver") as client,
            create_task_group() as busy,
        ):
            for _ in range(int(limiter.total_tokens)):
                busy.start_soon(to_thread.run_sync, over.wait)
            try:
                with fail_after(10):
                    assert (await client.get("/healthz")).status_code == 200
                    assert (await client.get("/readyz")).status_code == 200
            finally:
                over.set()

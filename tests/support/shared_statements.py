"""Lets the SQLite engines of one process share the statements that SQLAlchemy has compiled.

Each test has a database, so an engine, of its own; compiling anew what every test asks would
take a fifth of the time of the tests. A compiled statement is filed under its dialect, so
the engines share that too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine

from qa_service.storage import engine as storage_engine


@contextmanager
def shared_statements() -> Iterator[None]:
    """Let every SQLite engine opened in the block share its compiled statements."""
    model = create_engine("sqlite://")
    model.connect().close()  # a dialect is complete once it has seen a database
    compiled: dict[Any, Any] = {}

    def create(url: URL, **options: Any) -> Engine:
        engine = create_engine(url, **options)
        if engine.dialect.name == model.dialect.name:
            engine.dialect = model.dialect
            engine.update_execution_options(compiled_cache=compiled)
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage_engine, "create_engine", create)
        yield
    model.dispose()

"""Forged signatures, hostile texts and numbers beyond all range, on PostgreSQL.

SQLite takes a NUL, an id beyond 64 bits and a comparison of text with numbers in its own way;
the same requests are sent to a service whose bank stands on the other database.
"""

import pytest
from test_hostile_input import TestBodies, TestFields, TestQuestions
from test_out_of_range import (
    asking,
    everything,
    test_dates_and_numbers_of_any_size_in_queries_are_told,
    test_ids_of_any_size_are_told_or_not_found,
)
from test_who_acts_api import (
    TestForgedReply,
    TestForgedReview,
    TestPersonKey,
    TestStatedName,
    move,
    people,
    submitted,
    system,
)

from qa_service.services import Services

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

__all__ = (
    "TestBodies",
    "TestFields",
    "TestForgedReply",
    "TestForgedReview",
    "TestPersonKey",
    "TestQuestions",
    "TestStatedName",
    "asking",
    "everything",
    "move",
    "people",
    "submitted",
    "system",
    "test_dates_and_numbers_of_any_size_in_queries_are_told",
    "test_ids_of_any_size_are_told_or_not_found",
)


def test_the_service_stands_on_postgresql(services: Services) -> None:
    assert services.database.dialect.name == "postgresql"

"""Forged signatures, hostile texts, numbers beyond all range and call-backs, on PostgreSQL.

SQLite takes a NUL, an id beyond 64 bits and a comparison of text with numbers in its own way;
the same requests are sent to a service whose bank stands on the other database. Whom to call back
is found by reading stored JSON, which each database does by functions of its own.
"""

import pytest
from test_correction_callbacks import (
    tell,
    test_nobody_is_called_while_the_answer_stands,
    test_who_was_told_a_corrected_answer_is_called,
)
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
    "tell",
    "test_dates_and_numbers_of_any_size_in_queries_are_told",
    "test_ids_of_any_size_are_told_or_not_found",
    "test_nobody_is_called_while_the_answer_stands",
    "test_who_was_told_a_corrected_answer_is_called",
)


def test_the_service_stands_on_postgresql(services: Services) -> None:
    assert services.database.dialect.name == "postgresql"

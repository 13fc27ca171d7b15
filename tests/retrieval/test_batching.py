from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from qa_service.retrieval.batching import BATCH, BatchQueue


class Doubling:
    """Doubles numbers and remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        if 13 in numbers:
            raise ArithmeticError
        return [2 * number for number in numbers]


def test_each_item_gets_its_own_result_in_its_place() -> None:
    queue = BatchQueue[int, int](Doubling(), lambda _: 1, cached=100)
    assert queue.results([3, 1, 2, 3]) == [6, 2, 4, 6]


def test_more_than_a_batch_goes_in_several() -> None:
    doubling = Doubling()
    BatchQueue[int, int](doubling, lambda _: 1, cached=100).results(range(20, 20 + BATCH + 1))
    assert [len(batch) for batch in doubling.batches] == [BATCH, 1]


def test_items_of_other_lengths_go_in_a_batch_of_their_own() -> None:
    doubling = Doubling()
    BatchQueue[int, int](doubling, lambda number: number, cached=100).results([10, 40, 11, 41])
    assert doubling.batches == [[10, 11], [40, 41]]


def test_what_fails_is_raised_and_may_succeed_later() -> None:
    doubling = Doubling()
    queue = BatchQueue[int, int](doubling, lambda _: 1, cached=100)
    with pytest.raises(ArithmeticError):
        queue.results([1, 13])
    assert queue.results([1]) == [2]


def test_a_result_too_few_is_an_error_for_everyone_in_the_batch() -> None:
    queue = BatchQueue[int, int](lambda numbers: list(numbers)[1:], lambda _: 1, cached=100)
    with ThreadPoolExecutor(2) as pool:
        with queue.turn():
            waiting = [pool.submit(queue.results, [number]) for number in (1, 2)]
            while len(queue._waiting) < 2:
                pass
        for one in waiting:
            with pytest.raises(ValueError, match="zip"):
                one.result(10)


def test_who_was_served_in_the_batch_of_another_thread_waits_for_no_further_one() -> None:
    may_end = Event()

    def compute(numbers: Sequence[int]) -> list[int]:
        assert 40 not in numbers or may_end.wait(10)
        return [2 * number for number in numbers]

    queue = BatchQueue[int, int](compute, lambda number: number, cached=100)
    with ThreadPoolExecutor(2) as pool:
        with queue.turn():
            both = pool.submit(queue.results, [10, 40])
            one = pool.submit(queue.results, [11])
            while len(queue._waiting) < 3:
                pass
        try:
            assert one.result(5) == [22]
        finally:
            may_end.set()
        assert both.result(5) == [20, 80]


def test_a_turn_for_something_else_ends_also_when_it_fails() -> None:
    queue = BatchQueue[int, int](Doubling(), lambda _: 1, cached=100)
    with pytest.raises(ArithmeticError), queue.turn():
        raise ArithmeticError
    assert queue.results([4]) == [8]

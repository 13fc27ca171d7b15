"""A queue that computes for any thread, a batch at a time, with a cache of results."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Condition, Lock
from typing import Generic, TypeVar

Asked = TypeVar("Asked", bound=Hashable)
Found = TypeVar("Found")

BATCH = 16
"""Items per batch; larger batches are slower on a CPU."""

LIKE_LENGTH = 1.25
"""Factor by which an item may be longer or shorter than the first one of its batch, because
all cost as much as the longest."""


class BatchQueue(Generic[Asked, Found]):
    """Computes results of items; those that arrive while a batch runs are queued.

    The next batch contains the first item of the queue and others of about its length.
    """

    def __init__(
        self,
        compute: Callable[[Sequence[Asked]], Sequence[Found]],
        length: Callable[[Asked], int],
        *,
        cached: int,
    ) -> None:
        """Compute by ``compute``; keep the ``cached`` most recently used results."""
        self._compute = compute
        self._length = length
        self._cached = cached
        self._passed_on = Condition()
        self._is_taken = False
        self._shelf = Lock()
        self._cache: OrderedDict[Asked, Found] = OrderedDict()
        self._waiting: list[tuple[Asked, Future[Found]]] = []

    def results(self, items: Sequence[Asked]) -> list[Found]:
        """Return the result of each item; raises what ``compute`` raises."""
        futures = [self._request(item) for item in items]
        while self._takes_turn(futures):
            try:
                self._compute_waiting()
            finally:
                self._pass_on()
        return [future.result() for future in futures]

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Compute something else in the place of a batch, while the others wait."""
        self._takes_turn([Future()])
        try:
            yield
        finally:
            self._pass_on()

    def _takes_turn(self, futures: Sequence["Future[Found]"]) -> bool:
        """Wait for a turn and take it; return False, without one, as soon as all are finished.

        Who waits sees at once that a batch of another thread held what it waits for. With a lock,
        it would see so when it got the lock, under load after many more batches.
        """
        with self._passed_on:
            while not all(future.done() for future in futures):
                if not self._is_taken:
                    self._is_taken = True
                    return True
                self._passed_on.wait()
        return False

    def _pass_on(self) -> None:
        """End the turn."""
        with self._passed_on:
            self._is_taken = False
            self._passed_on.notify_all()

    def _request(self, item: Asked) -> "Future[Found]":
        """Return the future of a result: finished if cached, else put in the queue."""
        future: Future[Found] = Future()
        with self._shelf:
            if item in self._cache:
                self._cache.move_to_end(item)
                future.set_result(self._cache[item])
            else:
                self._waiting.append((item, future))
        return future

    def _compute_waiting(self) -> None:
        """Compute the next batch of the queue and finish its futures."""
        with self._shelf:
            batch = self._next_batch()
        if not batch:
            return
        try:
            found = self._compute([item for item, _ in batch])
            answered = list(zip(batch, found, strict=True))
        # Whatever happened, nobody may wait for ever; each caller gets the error.
        except Exception as error:
            for _, future in batch:
                future.set_exception(error)
            return
        with self._shelf:
            for (item, future), result in answered:
                self._cache[item] = result
                future.set_result(result)
            while len(self._cache) > self._cached:
                self._cache.popitem(last=False)

    def _next_batch(self) -> list[tuple[Asked, "Future[Found]"]]:
        """Take items of about the length of the first one off the queue."""
        if not self._waiting:
            return []
        length = self._length(self._waiting[0][0])
        batch: list[tuple[Asked, Future[Found]]] = []
        left: list[tuple[Asked, Future[Found]]] = []
        for item, future in self._waiting:
            own = self._length(item)
            is_alike = length <= LIKE_LENGTH * own and own <= LIKE_LENGTH * length
            chosen = batch if is_alike and len(batch) < BATCH else left
            chosen.append((item, future))
        self._waiting = left
        return batch

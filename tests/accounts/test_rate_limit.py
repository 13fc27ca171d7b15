import pytest

from qa_service.accounts import rate_limit
from qa_service.accounts.rate_limit import RateExceededError, RateLimiter


class Watch:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class TestRateLimiter:
    @pytest.mark.parametrize("per_minute", [1, 3, 60])
    def test_lets_the_calls_of_a_minute_through_at_once(self, per_minute: int) -> None:
        watch = Watch()
        limiter = RateLimiter(watch)
        for minute in range(3):
            watch.seconds = 60.0 * minute
            for _ in range(per_minute):
                limiter.take(1, per_minute)
            with pytest.raises(RateExceededError):
                limiter.take(1, per_minute)

    def test_lets_a_burst_through_and_then_the_rate(self) -> None:
        watch = Watch()
        limiter = RateLimiter(watch)
        for _ in range(60):
            limiter.take(1, 60)
        with pytest.raises(RateExceededError) as refused:
            limiter.take(1, 60)
        assert refused.value.retry_seconds == 1
        watch.seconds = 3.0
        for _ in range(3):
            limiter.take(1, 60)
        with pytest.raises(RateExceededError):
            limiter.take(1, 60)

    def test_counts_each_key_for_itself(self) -> None:
        limiter = RateLimiter(Watch())
        limiter.take(1, 1)
        with pytest.raises(RateExceededError, match="最多调用 1 次"):
            limiter.take(1, 1)
        limiter.take(2, 1)

    def test_saves_up_no_more_than_a_burst(self) -> None:
        watch = Watch()
        limiter = RateLimiter(watch)
        limiter.take(1, 60)
        watch.seconds = 1e6
        for _ in range(60):
            limiter.take(1, 60)
        with pytest.raises(RateExceededError):
            limiter.take(1, 60)

    def test_remembers_no_more_callers_than_it_may(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rate_limit, "MOST_BUCKETS", 4)
        watch = Watch()
        limiter = RateLimiter(watch)
        for caller in range(20):
            watch.seconds += 1.0
            limiter.take(f"203.0.113.{caller}", 1)
        assert len(limiter._buckets) <= 4
        with pytest.raises(RateExceededError):
            limiter.take("203.0.113.19", 1)
        watch.seconds += 61.0
        for caller in range(20, 24):
            limiter.take(f"203.0.113.{caller}", 1)
        assert "203.0.113.19" not in limiter._buckets

import pytest
from argon2 import extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from qa_service.accounts.authentication.passwords import HASHER as SHIPPED
from qa_service.accounts.authentication.passwords import (
    WeakPasswordError,
    check_password,
    one_time_password,
)


def refusal(password: str) -> str | None:
    try:
        check_password(password)
    except WeakPasswordError as error:
        return error.message
    return None


class TestNewPassword:
    @pytest.mark.parametrize(
        "password",
        [
            "1234567890",
            "0123456789",
            "aaaaaaaaaa",
            "abcdefghij",
            "qwertyuiop",
            "1qaz2wsx3edc",
            "password123",
            "woaini1314",
            "iloveyou12",
            "zhangsan01",
            "2026202620",
        ],
    )
    def test_that_many_people_use_is_refused(self, password: str) -> None:
        with pytest.raises(WeakPasswordError, match="太常见"):
            check_password(password, about=("zhangsan", "张三"))

    @pytest.mark.parametrize("password", ["", "short", "x" * 9, "长" * 129])
    def test_too_short_or_too_long_is_refused(self, password: str) -> None:
        with pytest.raises(WeakPasswordError, match="至少 10 位"):
            check_password(password)

    @pytest.mark.parametrize(
        "password", ["correct horse battery", "垂柳与青山共一池春水", "tG7#pq-Lw2x"]
    )
    def test_that_is_hard_to_guess_is_taken(self, password: str) -> None:
        assert refusal(password) is None

    def test_made_by_the_service_is_taken(self) -> None:
        assert refusal(one_time_password()) is None


class TestHash:
    def test_is_argon2id_at_the_cost_of_rfc_9106(self) -> None:
        assert extract_parameters(SHIPPED.hash("x")) == RFC_9106_LOW_MEMORY

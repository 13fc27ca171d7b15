import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.ledger.askers.phone_numbers import contact_problem, plain_contact


class TestContact:
    @pytest.mark.parametrize(
        ("typed", "plain"),
        [
            ("138 0000 1111", "13800001111"),
            ("+86-138-0000-1111", "13800001111"),
            ("１３８００００１１１１", "13800001111"),
            ("023-40000000", "02340000000"),
            ("(023) 40000000-801", "02340000000转801"),
            ("02340000000转801", "02340000000转801"),
            ("40000000", "40000000"),
            ("400-800-1111", "4008001111"),
            ("Wang@Example.org", "wang@example.org"),
        ],
    )
    def test_is_kept_in_one_form(self, typed: str, plain: str) -> None:
        assert contact_problem(typed) is None
        assert plain_contact(typed) == plain

    @pytest.mark.parametrize(
        "typed",
        ["123", "1380000111", "138000011111", "12345678901", "没有", "12345", "01-234", "@"],
    )
    def test_that_cannot_be_called_is_told(self, typed: str) -> None:
        assert contact_problem(typed)

    def test_none_is_no_problem(self) -> None:
        assert contact_problem("") is None
        assert contact_problem("  ") is None

    @given(st.text(max_size=40))
    def test_has_one_form_only(self, typed: str) -> None:
        assert plain_contact(plain_contact(typed)) == plain_contact(typed)

    def test_a_mobile_dialled_with_a_trunk_0_is_that_mobile(self) -> None:
        for typed in ("013800138000", "0 138-0013-8000", "０１３８００１３８０００"):
            assert plain_contact(typed) == "13800138000"
            assert contact_problem(typed) is None
        assert contact_problem("01380013800")

import pytest

from qa_service.web.kit.local_path import local_path


class TestLocalPath:
    @pytest.mark.parametrize("path", ["/", "/ledger?due=overdue&unit=a", "/pairs/3/edit"])
    def test_keeps_a_path_of_this_site(self, path: str) -> None:
        assert local_path(path) == path

    @pytest.mark.parametrize(
        "target",
        [
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example/",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "javascript:alert(1)",
            "ledger",
            "",
            " /ledger",
            "/" + "a" * 600,
        ],
    )
    def test_sends_anything_else_home(self, target: str) -> None:
        assert local_path(target) == "/"

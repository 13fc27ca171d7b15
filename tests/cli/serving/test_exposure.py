import pytest

from qa_service.cli.serving.exposure import check_exposure
from qa_service.errors import ConfigurationError
from qa_service.settings import Settings

BEHIND_PROXY = {"secure_cookies": True, "trusted_proxies": "127.0.0.1"}


def settings(**given: object) -> Settings:
    return Settings(_env_file=None, **given)


def faults(given: Settings) -> set[str]:
    """The names of the settings that stand against listening there."""
    try:
        check_exposure(given)
    except ConfigurationError as refused:
        return {one.field for one in refused.problems}
    return set()


class TestExposure:
    @pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
    def test_of_this_machine_alone_needs_nothing(self, host: str) -> None:
        assert faults(settings(host=host)) == set()

    @pytest.mark.parametrize("host", ["::", "192.0.2.1", "qa.example"])
    def test_beyond_it_needs_https_in_front(self, host: str) -> None:
        with pytest.raises(ConfigurationError) as refused:
            check_exposure(settings(host=host))
        assert {one.field for one in refused.value.problems} == {
            "QA_SECURE_COOKIES",
            "QA_TRUSTED_PROXIES",
        }
        check_exposure(settings(host=host, **BEHIND_PROXY))
        check_exposure(settings(host=host, allow_plain_http=True))

    @pytest.mark.parametrize(
        ("given", "named"),
        [
            ({"webhook_url": "https://hotline.example/x"}, "QA_WEBHOOK_SECRET"),
            ({"database_url": "postgresql://qa:postgres@db/qa"}, "QA_DATABASE_URL"),
        ],
    )
    def test_beyond_it_needs_secrets_nobody_can_guess(
        self, given: dict[str, str], named: str
    ) -> None:
        with pytest.raises(ConfigurationError) as refused:
            check_exposure(settings(host="::", **BEHIND_PROXY, **given))
        (problem,) = refused.value.problems
        assert problem.field == named
        assert given.get("database_url", "") not in problem.message or not given.get("database_url")

import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import pytest

import qa_service
from qa_service import errors
from qa_service.errors import FieldProblem, QAServiceError

# Run by Alembic inside a migration only.
MIGRATIONS = "qa_service.storage.migrations."
FAMILIES = {
    found
    for found in vars(errors).values()
    if isinstance(found, type) and issubclass(found, QAServiceError)
}


def every_error() -> list[type[QAServiceError]]:
    for module in walk_packages(qa_service.__path__, "qa_service."):
        if not module.name.startswith(MIGRATIONS):
            import_module(module.name)
    return sorted(set(_below(QAServiceError)), key=lambda error: error.__qualname__)


def _below(error: type[QAServiceError]) -> Iterator[type[QAServiceError]]:
    yield error
    for child in error.__subclasses__():
        yield from _below(child)


ERRORS = every_error()


class TestEveryError:
    def test_there_are_errors_of_every_room(self) -> None:
        rooms = {error.__module__.split(".")[1] for error in ERRORS}
        assert rooms >= {"accounts", "api", "consultation", "knowledge", "retrieval", "workdays"}

    def test_no_two_share_a_code(self) -> None:
        codes = Counter(error.code for error in ERRORS)
        assert [code for code, times in codes.items() if times > 1] == []

    @pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
    def test_has_a_code_for_software_and_a_title_for_people(
        self, error: type[QAServiceError]
    ) -> None:
        assert "code" in vars(error)
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", error.code)
        assert re.fullmatch(r"[\u4e00-\u9fff，。、]{2,20}", error.title)

    @pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
    def test_is_of_one_family_at_most_so_that_its_status_is_certain(
        self, error: type[QAServiceError]
    ) -> None:
        assert sum(issubclass(error, family) for family in FAMILIES - {QAServiceError}) <= 1


class TestQAServiceError:
    def test_carries_its_message_and_the_faulty_fields(self) -> None:
        problem = FieldProblem("question", "不能为空")
        error = QAServiceError("问题不能为空，请填写", problems=(problem,))
        assert error.message == str(error) == "问题不能为空，请填写"
        assert error.problems == (problem,)

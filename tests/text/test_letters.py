"""The sentences of a letter that ask."""

from qa_service.text.letters import asking_part
from qa_service.text.matching_form import matching_form
from tests.support.letters import letter_of


class TestAskingPart:
    def test_of_a_letter_leaves_out_its_story_and_its_reproaches(self) -> None:
        form = letter_of("2018年搬到这里", "这样像话吗", "高龄津贴怎么申请", "要带什么")
        assert asking_part(form) == "高龄津贴怎么申请,要带什么"

    def test_of_a_letter_that_asks_nothing_is_all_of_it(self) -> None:
        form = letter_of("2018年搬到这里")
        assert asking_part(form) == form

    def test_of_a_short_question_is_all_of_it(self) -> None:
        form = matching_form("我2018年搬到这里，高龄津贴怎么申请")
        assert asking_part(form) == form

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial

import pytest
from actors import person
from reviewing import publish_pair
from sqlmodel import Session, select

from qa_service.knowledge.models import QAPair, QuestionVariant, stored_id
from qa_service.knowledge.pairs import queries
from qa_service.knowledge.pairs.record.rules import InvalidPairError
from qa_service.knowledge.pairs.service import content_in_work, edit_pair
from qa_service.knowledge.pairs.variants.deciding import (
    OwnVariantError,
    SuggestionNotFoundError,
    SuggestionResolvedError,
    accept_suggestion,
    add_variant,
    decline_suggestion,
)
from qa_service.knowledge.pairs.variants.suggested import (
    open_suggestions,
    suggest_variant,
    taken_suggestions,
)
from qa_service.knowledge.review.check_words import set_check_words
from qa_service.knowledge.review.text_checks import text_problems
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.text.privacy.masking import masked
from qa_service.vocabulary import VariantOrigin

NOW = datetime(2026, 11, 25, 2, tzinfo=UTC)
WORDING = "老人家的卡寻不到了去哪头重新办"
UNTELLABLE = {
    "仅供内部使用的补卡办法是啥": "涉密标志",
    "甲乙邪说的人能补卡吗": "甲乙邪说",
    "卡丢了打13800001111还是哪头": "手机号",
}
"""Wordings that may not be told, and what is said of each."""

accept = partial(accept_suggestion, text_check=text_problems)
add = partial(add_variant, text_check=text_problems)


@pytest.fixture
def session(services: Services) -> Session:
    with session_scope(services.database) as opened:
        yield opened


@pytest.fixture
def pair(session: Session) -> QAPair:
    found = session.exec(select(QAPair).order_by(QAPair.id)).first()  # type: ignore[arg-type]
    assert found is not None
    return found


def offered(session: Session, pair: QAPair) -> list[tuple[str, int]]:
    return [(found.text, found.times) for found in open_suggestions(session, stored_id(pair))]


class TestSuggesting:
    def test_counts_the_same_wording_however_it_is_spaced(
        self, session: Session, pair: QAPair
    ) -> None:
        for text in (WORDING, f"{WORDING}？"):
            suggest_variant(session, stored_id(pair), text, now=NOW)
        assert offered(session, pair) == [(WORDING, 2)]

    @pytest.mark.parametrize("text", ["我叫〔姓名〕，卡丢了怎么办", "卡" * 200])
    def test_leaves_out_what_names_a_person_or_is_too_long(
        self, session: Session, pair: QAPair, text: str
    ) -> None:
        suggest_variant(session, stored_id(pair), text, now=NOW)
        assert offered(session, pair) == []

    def test_leaves_out_the_pairs_own_wordings(self, session: Session, pair: QAPair) -> None:
        content = queries.pair_content(session, pair)
        for text in (content.question, *content.variants):
            suggest_variant(session, stored_id(pair), text, now=NOW)
        assert offered(session, pair) == []


class TestDeciding:
    def suggested(self, session: Session, pair: QAPair) -> int:
        suggest_variant(session, stored_id(pair), WORDING, now=NOW)
        return open_suggestions(session, stored_id(pair))[0].id or 0

    def test_an_accepted_wording_is_a_variant_with_its_origin(
        self, session: Session, pair: QAPair
    ) -> None:
        accept(session, self.suggested(session, pair), by=person("编辑甲"), now=NOW)
        row = session.exec(select(QuestionVariant).where(QuestionVariant.text == WORDING)).one()
        assert (row.origin, row.accepted_by) == (VariantOrigin.OPERATOR_CHOICE, "编辑甲")
        assert offered(session, pair) == []

    def test_a_wording_taken_by_the_drafter_needs_a_second_persons_yes(
        self, session: Session, pair: QAPair
    ) -> None:
        drafter, number = person("起草人"), self.suggested(session, pair)
        version = queries.version_in_work(session, pair)
        version.author, version.author_person_id, _ = drafter.recorded
        session.add(version)
        accept(session, number, by=drafter, now=NOW)
        assert WORDING not in queries.pair_content(session, pair).variants
        with pytest.raises(OwnVariantError):
            accept(session, number, by=drafter, now=NOW)
        accept(session, number, by=person("编辑乙"), now=NOW)
        assert WORDING in queries.pair_content(session, pair).variants

    def test_a_wording_somebody_typed_needs_a_second_persons_yes(
        self, session: Session, pair: QAPair
    ) -> None:
        add(session, pair, WORDING, by=person("编辑甲"), now=NOW)
        ((waiting, _),) = taken_suggestions(session)
        with pytest.raises(OwnVariantError):
            accept(session, waiting.id or 0, by=person("编辑甲"), now=NOW)
        accept(session, waiting.id or 0, by=person("编辑乙"), now=NOW)
        assert WORDING in queries.pair_content(session, pair).variants

    def test_a_declined_wording_is_never_offered_again(
        self, session: Session, pair: QAPair
    ) -> None:
        decline_suggestion(session, self.suggested(session, pair), by=person("编辑甲"), now=NOW)
        suggest_variant(session, stored_id(pair), WORDING, now=NOW)
        assert offered(session, pair) == []

    def test_the_second_to_settle_is_told_who_was_first(
        self, session: Session, pair: QAPair
    ) -> None:
        suggestion = self.suggested(session, pair)
        accept(session, suggestion, by=person("编辑甲"), now=NOW)
        with pytest.raises(SuggestionResolvedError, match="编辑甲"):
            decline_suggestion(session, suggestion, by=person("编辑乙"), now=NOW)

    def test_another_units_wording_is_not_touched(self, session: Session, pair: QAPair) -> None:
        number = self.suggested(session, pair)
        for decide in (accept, decline_suggestion):
            with pytest.raises(SuggestionNotFoundError):
                decide(session, number, by=person("编辑甲"), now=NOW, within=frozenset({999}))
        assert offered(session, pair) == [(WORDING, 1)]

    def test_an_unknown_one_is_told(self, session: Session) -> None:
        with pytest.raises(SuggestionNotFoundError):
            accept(session, 9999, by=person("编辑甲"), now=NOW)


class TestBesideAVersionInWork:
    """A wording accepted while the pair is rewritten is in no version that is signed."""

    def rewritten(self, session: Session, pair: QAPair, **changes: object) -> None:
        content = content_in_work(session, pair)
        edited = replace(content, answer=f"{content.answer}。", **changes)
        edit_pair(session, pair, edited, by=person("起草人"), now=NOW)

    def test_is_offered_again_once_that_version_is_published(
        self, session: Session, pair: QAPair
    ) -> None:
        self.rewritten(session, pair)
        suggest_variant(session, stored_id(pair), WORDING, now=NOW)
        number = open_suggestions(session, stored_id(pair))[0].id or 0
        accept(session, number, by=person("编辑甲"), now=NOW)
        publish_pair(session, pair, now=NOW)
        assert WORDING not in queries.pair_content(session, pair).variants
        assert offered(session, pair) == [(WORDING, 1)]
        accept(session, number, by=person("编辑乙"), now=NOW)
        assert WORDING in queries.pair_content(session, pair).variants

    def test_that_somebody_typed_needs_a_second_persons_yes_again(
        self, session: Session, pair: QAPair
    ) -> None:
        self.rewritten(session, pair)
        add(session, pair, WORDING, by=person("编辑甲"), now=NOW)
        number = open_suggestions(session, stored_id(pair))[0].id or 0
        accept(session, number, by=person("编辑乙"), now=NOW)
        publish_pair(session, pair, now=NOW)
        assert [one.id for one, _ in taken_suggestions(session)] == [number]
        with pytest.raises(OwnVariantError):
            accept(session, number, by=person("编辑甲"), now=NOW)

    def test_that_an_author_had_and_left_out_is_not_offered_again(
        self, session: Session, pair: QAPair
    ) -> None:
        suggest_variant(session, stored_id(pair), WORDING, now=NOW)
        number = open_suggestions(session, stored_id(pair))[0].id or 0
        accept(session, number, by=person("编辑甲"), now=NOW)
        self.rewritten(session, pair)
        kept = content_in_work(session, pair).variants
        assert WORDING in kept
        self.rewritten(session, pair, variants=tuple(one for one in kept if one != WORDING))
        publish_pair(session, pair, now=NOW)
        assert WORDING not in queries.pair_content(session, pair).variants
        assert offered(session, pair) == []


class TestUntellable:
    """What the pre-checks refuse in a pair becomes none of its wordings either."""

    @pytest.fixture(autouse=True)
    def suggested(self, session: Session, pair: QAPair) -> None:
        for text in UNTELLABLE:
            suggest_variant(session, stored_id(pair), text, now=NOW)
        # Blocked only after the wording was suggested.
        lists = {"blocked": "甲乙邪说", "warned": "", "leaders": ""}
        set_check_words(session, **lists, note="增补", by=person("编辑甲"), now=NOW)

    @pytest.mark.parametrize(("text", "told"), UNTELLABLE.items())
    def test_is_refused_when_added(
        self, session: Session, pair: QAPair, text: str, told: str
    ) -> None:
        with pytest.raises(InvalidPairError, match=told):
            add(session, pair, text, by=person("编辑甲"), now=NOW)
        assert taken_suggestions(session) == []

    @pytest.mark.parametrize(("text", "told"), UNTELLABLE.items())
    def test_is_refused_when_accepted(
        self, session: Session, pair: QAPair, text: str, told: str
    ) -> None:
        offers = open_suggestions(session, stored_id(pair))
        # A number is stored masked: its marker is what is refused.
        (number,) = [one.id or 0 for one in offers if one.text == masked(text)]
        with pytest.raises(InvalidPairError, match=told):
            accept(session, number, by=person("编辑甲"), now=NOW)
        assert masked(text) not in queries.pair_content(session, pair).variants

    def test_is_refused_with_a_marker_of_masked_data(self, session: Session, pair: QAPair) -> None:
        with pytest.raises(InvalidPairError, match="遮盖个人信息"):
            add(session, pair, "我叫〔姓名〕，卡丢了怎么办", by=person("编辑甲"), now=NOW)


class TestSearching:
    def test_finds_an_accepted_wording_at_once(self, services: Services) -> None:
        day = date(2026, 11, 25)
        with session_scope(services.database) as session:
            pair = session.exec(select(QAPair)).first()
            assert pair is not None
            pair_id = stored_id(pair)
            suggest_variant(session, pair_id, WORDING, now=NOW)
            suggestion = open_suggestions(session, pair_id)[0].id or 0
        with session_scope(services.database) as session:
            accept(session, suggestion, by=person("编辑甲"), now=NOW)
        found = services.searcher.search(WORDING, area=None, day=day)
        assert found.candidates[0].matched_text == WORDING

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

import pytest
from actors import person
from reviewing import (
    EVERYBODY,
    SIGNERS,
    TABLE,
    give_ground,
    return_pair,
    sign_next,
    statements_for,
)
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, col, select

from qa_service.accounts.authority import Authority
from qa_service.accounts.models import User
from qa_service.accounts.units import find_unit
from qa_service.clock import BEIJING
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.gates import GatesUnansweredError
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.ids import published_ids
from qa_service.knowledge.pairs.queries import version_in_work, view_pairs
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.knowledge.pairs.service import NotPublishableError, draft_pair, edit_pair
from qa_service.knowledge.review.grounds import (
    InvalidGroundError,
    NotYourGroundError,
    groundless_pairs,
)
from qa_service.knowledge.review.plan import MAIN_STAGES, default_table
from qa_service.knowledge.review.progress import last_return, list_reviews, review_state
from qa_service.knowledge.review.service import (
    AlreadySubmittedError,
    PrecheckFailedError,
    send_back,
    sign,
    submit,
)
from qa_service.knowledge.review.signing import (
    InvalidSignatureError,
    NotInReviewError,
    NotYourSignatureError,
    Signature,
)
from qa_service.outbox.models import Destination, OutboxEvent
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PairStatus, PolicyArea, Role, Stage, Statement

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
CONTENT = PairContent(
    area=PolicyArea.ELDERLY_CARE,
    unit="pensions",
    question="养老金什么时候发？",
    variants=(),
    answer="每月十五日发放，节假日提前。",
    phone_script="每月十五日发放。",
    effective_from=date(2025, 1, 1),
    basis=(Basis("养老办法", "第一条"),),
)
REASON = "便民地点信息，不设条件标准，不涉及权利义务"


@pytest.fixture
def session(bank: Engine) -> Iterator[Session]:
    with session_scope(bank) as opened:
        yield opened


@pytest.fixture
def pair(session: Session) -> QAPair:
    """A pair in review."""
    drafted = draft_pair(session, CONTENT, by=person("甲"), now=NOW)
    submit(session, drafted, by=person("甲"), now=NOW)
    return drafted


def signature(session: Session, pair: QAPair, stage: Stage, **stated: bool) -> Signature:
    seen = review_state(session, pair, table=TABLE).seen_hash
    parts = {"examined": True, "proofread": True, **stated}
    return Signature(stage, seen, **parts, statements=statements_for(stage))


def signed_by(
    session: Session, pair: QAPair, stage: Stage, login: str, roles: frozenset[Role] = EVERYBODY
) -> bool:
    given = signature(session, pair, stage)
    return sign(session, pair, given, by=person(login, Authority.of(roles)), table=TABLE, now=NOW)


class TestSigning:
    def test_publishes_with_the_last_signature_and_not_before(
        self, session: Session, pair: QAPair
    ) -> None:
        for stage in MAIN_STAGES:
            assert not sign_next(session, pair, stage, now=NOW)
            assert published_ids(session) == []
        assert sign_next(session, pair, Stage.CONFIDENTIALITY, now=NOW)
        assert published_ids(session) == [pair.id]
        assert pair.submitted_at is None

    def test_is_done_in_order(self, session: Session, pair: QAPair) -> None:
        with pytest.raises(NotInReviewError):
            sign_next(session, pair, Stage.SECOND, now=NOW)

    def test_of_confidentiality_may_come_first(self, session: Session, pair: QAPair) -> None:
        assert not sign_next(session, pair, Stage.CONFIDENTIALITY, now=NOW)
        assert [sign_next(session, pair, stage, now=NOW) for stage in MAIN_STAGES][-1]

    def test_is_not_for_the_author(self, session: Session, pair: QAPair) -> None:
        with pytest.raises(NotYourSignatureError, match="自己起草"):
            signed_by(session, pair, Stage.FIRST, "甲")

    def test_is_not_for_who_wrote_an_earlier_draft(self, session: Session, pair: QAPair) -> None:
        edit_pair(session, pair, replace(CONTENT, answer="十六日发放。"), by=person("乙"), now=NOW)
        submit(session, pair, by=person("丙"), now=NOW)
        for login in ("甲", "乙", "丙"):
            with pytest.raises(NotYourSignatureError):
                signed_by(session, pair, Stage.FIRST, login)

    def test_of_two_stages_is_not_for_one_person(self, session: Session, pair: QAPair) -> None:
        signed_by(session, pair, Stage.FIRST, "乙")
        with pytest.raises(NotYourSignatureError, match="不同的人"):
            signed_by(session, pair, Stage.SECOND, "乙")

    @pytest.mark.parametrize("stage", [Stage.FIRST, Stage.CONFIDENTIALITY])
    def test_needs_the_role_of_the_stage(
        self, session: Session, pair: QAPair, stage: Stage
    ) -> None:
        others = frozenset(Role) - SIGNERS[stage].authority.roles
        with pytest.raises(NotYourSignatureError, match="人员签署"):
            signed_by(session, pair, stage, "乙", others)

    @pytest.mark.parametrize("left_out", ["examined", "proofread"])
    def test_states_both_that_the_content_and_the_wording_were_looked_at(
        self, session: Session, pair: QAPair, left_out: str
    ) -> None:
        given = signature(session, pair, Stage.FIRST, **{left_out: False})
        with pytest.raises(InvalidSignatureError):
            sign(session, pair, given, by=SIGNERS[Stage.FIRST], table=TABLE, now=NOW)

    def test_under_what_was_changed_meanwhile_is_refused(
        self, session: Session, pair: QAPair
    ) -> None:
        seen = signature(session, pair, Stage.FIRST)
        edit_pair(session, pair, replace(CONTENT, answer="十六日发放。"), by=person("甲"), now=NOW)
        submit(session, pair, by=person("甲"), now=NOW)
        with pytest.raises(NotInReviewError, match="已修改"):
            sign(session, pair, seen, by=SIGNERS[Stage.FIRST], table=TABLE, now=NOW)

    def test_is_asked_of_every_statement_of_the_stages_gates(
        self, session: Session, pair: QAPair
    ) -> None:
        whole = signature(session, pair, Stage.CONFIDENTIALITY)
        assert len(whole.statements) == 4
        for missing in whole.statements:
            kept = tuple(one for one in whole.statements if one is not missing)
            given = replace(whole, statements=kept)
            with pytest.raises(GatesUnansweredError, match=missing.label.split("：")[0]):
                sign(session, pair, given, by=SIGNERS[whole.stage], table=TABLE, now=NOW)

    def test_is_stored_with_what_was_affirmed(self, session: Session, pair: QAPair) -> None:
        sign_next(session, pair, Stage.FIRST, now=NOW)
        (review,) = list_reviews(session, pair)
        assert tuple(review.statements) == statements_for(Stage.FIRST)

    @pytest.mark.parametrize("stages", [1, 2, 3])
    def test_is_asked_of_as_many_as_are_set(self, session: Session, stages: int) -> None:
        table = default_table(stages)
        pair = draft_pair(session, CONTENT, by=person("甲"), now=NOW)
        submit(session, pair, by=person("甲"), now=NOW)
        owed = []
        while pair.status is not PairStatus.PUBLISHED:
            stage = review_state(session, pair, table=table).next_stages[0]
            given = replace(signature(session, pair, stage), statements=tuple(Statement))
            sign(session, pair, given, by=SIGNERS[stage], table=table, now=NOW)
            owed.append(stage)
        assert owed == [*MAIN_STAGES[-stages:], Stage.CONFIDENTIALITY]


class TestGround:
    """The gate 先入库后公开, without a public basis."""

    @pytest.fixture
    def groundless(self, session: Session) -> QAPair:
        pair = draft_pair(session, replace(CONTENT, basis=()), by=person("甲"), now=NOW)
        submit(session, pair, by=person("甲"), now=NOW, despite_advice=True)
        for stage in (Stage.CONFIDENTIALITY, *MAIN_STAGES[:2]):
            sign_next(session, pair, stage, now=NOW)
        return pair

    def test_opens_with_the_reason_of_a_second_person_only(
        self, session: Session, groundless: QAPair
    ) -> None:
        with pytest.raises(NotPublishableError, match="另一人"), session.begin_nested():
            sign_next(session, groundless, Stage.FINAL, now=NOW)
        second = person("丁", Authority.of({Role.SUPERVISOR}))
        give_ground(session, groundless, REASON, by=second, now=NOW)
        assert sign_next(session, groundless, Stage.FINAL, now=NOW)
        (view,) = view_pairs(session, [groundless.id or 0], day=NOW.date())
        assert view.showable
        (listed,) = groundless_pairs(session, day=NOW.date())
        assert (listed.pair_id, listed.reason, listed.author) == (groundless.id, REASON, "丁")
        assert listed.obstacles

    @pytest.mark.parametrize(
        "reason",
        [
            "",
            "同意",
            "同意发布。",
            "无",
            "略",
            "符合规定，同意公开，请予发布",
            "。。。。。。。。。。。。。。",
            "好好好好好好好好好好好好好好",
        ],
    )
    def test_does_not_open_with_a_reason_that_says_nothing(
        self, session: Session, groundless: QAPair, reason: str
    ) -> None:
        second = person("丁", Authority.of({Role.SUPERVISOR}))
        with pytest.raises(InvalidGroundError):
            give_ground(session, groundless, reason, by=second, now=NOW)

    def test_does_not_open_for_the_author_nor_for_a_role_without_the_duty(
        self, session: Session, groundless: QAPair
    ) -> None:
        for by in (person("甲", Authority.of(EVERYBODY)), person("戊", Authority.of({Role.UNIT}))):
            with pytest.raises(NotYourGroundError):
                give_ground(session, groundless, REASON, by=by, now=NOW)

    def test_is_not_opened_and_signed_at_the_end_by_one_person(
        self, session: Session, groundless: QAPair
    ) -> None:
        give_ground(session, groundless, REASON, by=SIGNERS[Stage.FINAL], now=NOW)
        with pytest.raises(NotYourSignatureError, match="另一人"):
            sign_next(session, groundless, Stage.FINAL, now=NOW)

    def test_is_closed_again_by_an_edit(self, session: Session, groundless: QAPair) -> None:
        second = person("丁", Authority.of({Role.SUPERVISOR}))
        give_ground(session, groundless, REASON, by=second, now=NOW)
        changed = replace(CONTENT, basis=(), answer="每月十六日发放。")
        edit_pair(session, groundless, changed, by=person("甲"), now=NOW)
        submit(session, groundless, by=person("甲"), now=NOW, despite_advice=True)
        for stage in (Stage.CONFIDENTIALITY, *MAIN_STAGES[:2]):
            sign_next(session, groundless, stage, now=NOW)
        with pytest.raises(NotPublishableError):
            sign_next(session, groundless, Stage.FINAL, now=NOW)


class TestAnyEdit:
    @pytest.mark.parametrize("done", range(4))
    @pytest.mark.parametrize(
        "change",
        [
            {"answer": "每月十六日发放。"},
            {"expires_on": date(2030, 1, 1)},
            {"variants": ("几号发养老金",)},
            {"audience": "退休人员"},
        ],
    )
    def test_voids_every_signature(
        self, session: Session, pair: QAPair, done: int, change: dict[str, object]
    ) -> None:
        for stage in MAIN_STAGES[:done]:
            sign_next(session, pair, stage, now=NOW)
        edit_pair(session, pair, replace(CONTENT, **change), by=person("甲"), now=NOW)
        assert pair.submitted_at is None
        submit(session, pair, by=person("甲"), now=NOW)
        assert review_state(session, pair, table=TABLE).signed == ()


class TestReturn:
    def test_goes_to_the_author_with_its_reason(self, session: Session, pair: QAPair) -> None:
        by = SIGNERS[Stage.FIRST]
        return_pair(session, pair, "依据写错", now=NOW)
        returned = last_return(session, pair)
        assert returned is not None
        assert (returned.signer, returned.reason) == (by.login, "依据写错")
        with pytest.raises(NotInReviewError):
            sign_next(session, pair, Stage.FIRST, now=NOW)

    def test_is_mailed_to_the_author_or_to_the_unit_where_no_account_wrote_it(
        self, session: Session, pair: QAPair
    ) -> None:
        find_unit(session, "pensions").email = "pensions@gov.example"
        return_pair(session, pair, "依据写错，请回13600001234", now=NOW)
        author = User(
            login="qicao",
            display_name="起草人甲",
            email="qicao@gov.example",
            password_hash="unused",
            roles=[Role.EDITOR],
            created_at=NOW,
        )
        session.add(author)
        session.flush()
        version_in_work(session, pair).author_person_id = author.id
        submit(session, pair, by=person("乙"), now=NOW)
        return_pair(session, pair, "改句号", now=NOW)
        mails = [
            one.payload
            for one in session.exec(select(OutboxEvent).order_by(col(OutboxEvent.id))).all()
            if one.destination is Destination.MAIL
        ]
        assert [mail["to"] for mail in mails] == ["pensions@gov.example", "qicao@gov.example"]
        assert "依据写错，请回〔手机号〕" in mails[0]["text"]
        assert mails[1]["text"].startswith("起草人甲：\n问答“养老金什么时候发？”")

    def test_of_a_text_that_was_changed_meanwhile_leaves_the_new_one_in_review(
        self, session: Session, pair: QAPair
    ) -> None:
        seen, by = review_state(session, pair, table=TABLE).seen_hash, SIGNERS[Stage.FIRST]
        edit_pair(session, pair, replace(CONTENT, answer="十六日发放。"), by=person("甲"), now=NOW)
        submit(session, pair, by=person("甲"), now=NOW)
        with pytest.raises(NotInReviewError, match="审核期间已修改"):
            send_back(session, pair, Stage.FIRST, "改", seen_hash=seen, by=by, table=TABLE, now=NOW)
        assert pair.submitted_at is not None
        assert last_return(session, pair) is None

    def test_needs_a_reason(self, session: Session, pair: QAPair) -> None:
        with pytest.raises(InvalidSignatureError, match="退回原因"):
            return_pair(session, pair, " ", now=NOW)

    def test_starts_the_next_round_anew(self, session: Session, pair: QAPair) -> None:
        sign_next(session, pair, Stage.FIRST, now=NOW)
        return_pair(session, pair, "改句号", now=NOW, stage=Stage.SECOND)
        submit(session, pair, by=person("甲"), now=NOW)
        assert review_state(session, pair, table=TABLE).signed == ()
        assert len(list_reviews(session, pair)) == 2


class TestSubmission:
    def test_twice_is_refused(self, session: Session, pair: QAPair) -> None:
        with pytest.raises(AlreadySubmittedError):
            submit(session, pair, by=person("甲"), now=NOW)

    def test_of_a_published_pair_without_changes_is_refused(
        self, session: Session, pair: QAPair
    ) -> None:
        for stage in Stage:
            sign_next(session, pair, stage, now=NOW)
        with pytest.raises(AlreadySubmittedError, match="没有待审的修改"):
            submit(session, pair, by=person("甲"), now=NOW)

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"basis": (Basis("旧办法"),)}, "旧办法"),
            ({"expires_on": date(2026, 1, 1)}, "失效"),
        ],
    )
    def test_with_a_fault_is_refused_even_despite_advice(
        self, session: Session, changes: dict[str, object], told: str
    ) -> None:
        drafted = draft_pair(session, replace(CONTENT, **changes), by=person("甲"), now=NOW)
        with pytest.raises(PrecheckFailedError) as caught:
            submit(session, drafted, by=person("甲"), now=NOW, despite_advice=True)
        assert any(told in problem.message for problem in caught.value.problems)

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"basis": ()}, "没有政策依据"),
            (
                {"question": "养老金怎么申领？", "answer": "可以。"},
                "材料、步骤、地点或网址、咨询电话",
            ),
            ({"answer": "每月发放" * 30}, "断成短句"),
            ({"answer": "２０日发放。"}, "全角"),
            ({"answer": "自2025.1.5起发放。"}, "2026年1月31日"),
            ({"answer": "办理要3-5天。"}, "数值范围"),
        ],
    )
    def test_with_advice_is_refused_until_the_author_insists(
        self, session: Session, changes: dict[str, object], told: str
    ) -> None:
        drafted = draft_pair(session, replace(CONTENT, **changes), by=person("甲"), now=NOW)
        with pytest.raises(PrecheckFailedError) as caught:
            submit(session, drafted, by=person("甲"), now=NOW)
        assert any(told in problem.message for problem in caught.value.problems)
        assert submit(session, drafted, by=person("甲"), now=NOW, despite_advice=True)

    def test_with_a_persons_number_is_refused_though_an_earlier_release_kept_it(
        self, session: Session
    ) -> None:
        drafted = draft_pair(session, CONTENT, by=person("甲"), now=NOW)
        kept = version_in_work(session, drafted)
        kept.answer = "请联系13800138000办理。"
        session.add(kept)
        session.flush()
        with pytest.raises(PrecheckFailedError) as caught:
            submit(session, drafted, by=person("甲"), now=NOW, despite_advice=True)
        assert any("手机号" in problem.message for problem in caught.value.problems)

    def test_an_offices_landline_is_no_personal_number(self, session: Session) -> None:
        answer = "请拨打010-12345678咨询，或到社保局窗口。"
        drafted = draft_pair(session, replace(CONTENT, answer=answer), by=person("甲"), now=NOW)
        assert submit(session, drafted, by=person("甲"), now=NOW) == ()


class TestRecord:
    @pytest.mark.parametrize("statement", ["DELETE FROM review", "UPDATE review SET signer = 'x'"])
    def test_is_kept_by_the_database_itself(
        self, session: Session, pair: QAPair, statement: str
    ) -> None:
        sign_next(session, pair, Stage.FIRST, now=NOW)
        with pytest.raises(DatabaseError), session.begin_nested():
            session.execute(text(statement))

from collections.abc import Sequence
from dataclasses import replace

import pytest
from actors import person
from pension_pair import CONTENT, NOW
from reviewing import publish_pair, sign_next
from sqlalchemy import Engine
from sqlmodel import Session, select

from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.models import PolicyDocument
from qa_service.knowledge.pairs.overlap.contradictions import keep_both
from qa_service.knowledge.pairs.overlap.disagreements import disagreements
from qa_service.knowledge.pairs.overlap.overlaps import WordingInUseError, find_overlaps
from qa_service.knowledge.pairs.queries import version_in_work
from qa_service.knowledge.pairs.record.content import PairContent, wording_key
from qa_service.knowledge.pairs.service import draft_pair, edit_pair, find_pair
from qa_service.knowledge.pairs.variants.deciding import add_variant
from qa_service.knowledge.review.prechecks import check_submission
from qa_service.knowledge.review.service import PrecheckFailedError, submit
from qa_service.knowledge.review.text_checks import text_problems
from qa_service.knowledge.upkeep_models import ContradictionKind
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Aspect, Stage, Validity

TODAY = NOW.date()
GRANT = replace(
    CONTENT,
    question="高龄津贴怎么申请？",
    variants=("八十岁老人有啥补贴",),
    answer="向村（居）委会申请，每月100元。",
)
STEALS = replace(CONTENT, question="敬老卡在哪里办？", variants=("高龄津贴 怎么申请呢",))


def published(session: Session, content: PairContent) -> int:
    pair = draft_pair(session, content, by=person("甲"), now=NOW)
    publish_pair(session, pair, now=NOW)
    return pair.id or 0


class TestWordingKey:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("高龄津贴怎么申请？", "高龄津贴，怎么申请呢"),
            ("八十岁老人有补贴吗", "80岁老人有补贴？"),
            ("高齡津貼怎麼申請", "高龄津贴怎么申请。"),
        ],
    )
    def test_is_equal_for_what_reads_the_same(self, one: str, other: str) -> None:
        assert wording_key(one) == wording_key(other)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("补贴1.5万元怎么领", "补贴15万元怎么领"),
            ("2025-12的补贴", "202512的补贴"),
            ("高龄津贴怎么申请", "高龄津贴怎么停发"),
            ("？", "！"),
        ],
    )
    def test_differs_for_what_does_not(self, one: str, other: str) -> None:
        assert wording_key(one) != wording_key(other)


class TestDisagreements:
    @pytest.mark.parametrize(
        ("one", "other", "told"),
        [
            ("每月补贴五百元。", "每月补贴600元。", ("数字不同：500元 / 600元",)),
            ("产假98天，产前15天。", "产假128天，产前15天。", ("数字不同：98天 / 128天",)),
            ("报销比例为百分之七十。", "报销75%。", ("数字不同：70% / 75%",)),
            ("可以补办，到窗口。", "不可以补办。", ("结论相反：一条答“是”，一条答“否”",)),
            ("每年6月1日前申报。", "每年9月1日前申报。", ("日期不同：6月1日 / 9月1日",)),
            ("2027年12月31日前免征。", "免征到2027年底。", ()),
            ("2027年1月起执行。", "2027年12月起执行。", ("日期不同：2027年1月 / 2027年12月",)),
            ("一次性发2万元。", "一次性发20000元。", ()),
            ("保管一年。", "保管12个月。", ()),
            ("不可以代办。", "不能代办，须本人到场。", ()),
            ("可以，每月500元。", "可以，每月500元，另加200元。", ()),
        ],
    )
    def test_are_in_figures_dates_and_conclusions(
        self, one: str, other: str, told: Sequence[str]
    ) -> None:
        ours, theirs = (replace(CONTENT, answer=answer) for answer in (one, other))
        assert disagreements(ours, theirs) == told

    def test_are_in_articles_of_the_same_document(self) -> None:
        theirs = replace(CONTENT, basis=(Basis(CONTENT.basis[0].policy, "第九十九条"),))
        assert "依据条款不同" in disagreements(CONTENT, theirs)[0]
        assert disagreements(CONTENT, theirs, with_basis=False) == ()

    def test_name_documents_to_people_by_title_and_number_and_are_kept_by_key(
        self, bank: Engine
    ) -> None:
        with session_scope(bank) as session:
            document = PolicyDocument(
                key="card-2026",
                title="敬老卡管理规定",
                document_number="甲府办发〔2026〕12号",
                issuer="甲区人民政府办公室",
                validity=Validity.IN_FORCE,
            )
            session.add(document)
            session.flush()
            old = session.exec(select(PolicyDocument).where(PolicyDocument.key == "养老办法")).one()
            published(session, GRANT)
            other = replace(STEALS, answer=GRANT.answer, basis=(Basis("card-2026", "第二条"),))
            (found,) = find_overlaps(session, None, other, day=TODAY)
        assert found.differences[-1] == "依据不同：养老办法 / card-2026"
        names = (
            f"《{old.title}》（{old.document_number}）",
            "《敬老卡管理规定》（甲府办发〔2026〕12号）",
        )
        named = f"依据不同：{' / '.join(names)}"
        assert found.told[-1] == named
        assert named in found.message


class TestSharedWording:
    def test_is_found_whichever_of_the_two_is_the_question(self, bank: Engine) -> None:
        with session_scope(bank) as session:
            published(session, GRANT)
            (one,) = find_overlaps(session, None, STEALS, day=TODAY)
            assert (one.kind, one.is_refused) == (ContradictionKind.WORDING, True)
            asks_variant = replace(CONTENT, question="80岁老人有啥补贴？", variants=())
            (two,) = find_overlaps(session, None, asks_variant, day=TODAY)
            assert two.is_refused

    def test_of_another_audience_is_told_and_not_refused(self, bank: Engine) -> None:
        with session_scope(bank) as session:
            published(session, GRANT)
            (one,) = find_overlaps(session, None, replace(STEALS, audience="退役军人"), day=TODAY)
            assert (one.kind, one.is_refused) == (ContradictionKind.WORDING, False)

    def test_of_a_draft_is_nobodys_yet(self, bank: Engine) -> None:
        with session_scope(bank) as session:
            draft_pair(session, GRANT, by=person("甲"), now=NOW)
            assert find_overlaps(session, None, STEALS, day=TODAY) == []

    def test_is_refused_at_submission(self, bank: Engine) -> None:
        with session_scope(bank) as session:
            published(session, GRANT)
            pair = draft_pair(session, STEALS, by=person("甲"), now=NOW)
            with pytest.raises(PrecheckFailedError) as caught:
                submit(session, pair, by=person("甲"), now=NOW, despite_advice=True)
            assert any("问法重复" in one.message for one in caught.value.problems)

    def test_that_came_up_during_the_review_is_told_and_refused_at_the_last_signature(
        self, bank: Engine
    ) -> None:
        with session_scope(bank) as session:
            pair = draft_pair(session, STEALS, by=person("甲"), now=NOW)
            submit(session, pair, by=person("editor"), now=NOW, despite_advice=True)
            published(session, GRANT)
            faults = [one for one in check_submission(session, pair, now=NOW) if one.is_fault]
            assert len(faults) == 1
            *first, last = Stage
            for stage in first:
                sign_next(session, pair, stage, now=NOW)
            with pytest.raises(WordingInUseError, match="高龄津贴"):
                sign_next(session, pair, last, now=NOW)

    def test_with_a_reason_may_stay_until_the_wording_changes(self, bank: Engine) -> None:
        with session_scope(bank) as session:
            published(session, GRANT)
            pair = draft_pair(session, STEALS, by=person("甲"), now=NOW)
            (overlap,) = find_overlaps(session, None, STEALS, day=TODAY)
            number = version_in_work(session, pair).number
            keep_both(session, pair.id or 0, number, overlap, "两处都办", by=person("丙"), now=NOW)
            publish_pair(session, pair, now=NOW)
            changed = replace(STEALS, answer="到街道办。")
            edit_pair(session, pair, changed, by=person("甲"), now=NOW)
            with pytest.raises(PrecheckFailedError):
                submit(session, pair, by=person("甲"), now=NOW, despite_advice=True)

    def test_is_refused_as_a_variant_added_at_once(self, bank: Engine) -> None:
        with session_scope(bank) as session:
            published(session, GRANT)
            other = published(session, replace(STEALS, variants=()))
            with pytest.raises(WordingInUseError):
                add_variant(
                    session,
                    find_pair(session, other),
                    "高龄津贴怎么申请",
                    text_check=text_problems,
                    by=person("乙"),
                    now=NOW,
                )


class TestAspects:
    @pytest.mark.parametrize(
        ("ours", "theirs", "is_compared"),
        [
            (Aspect.AMOUNT, Aspect.PERIOD, False),
            (Aspect.AMOUNT, Aspect.AMOUNT, True),
            (Aspect.AMOUNT, None, True),
            (None, None, True),
        ],
    )
    def test_pairs_that_ask_another_one_do_not_contradict(
        self, services: Services, ours: Aspect | None, theirs: Aspect | None, is_compared: bool
    ) -> None:
        basis = (Basis("社会救助暂行办法"),)
        known = replace(GRANT, unit="civil-affairs", variants=(), basis=basis, aspect=theirs)
        with session_scope(services.database) as session:
            published(session, known)
        services.index_sync.catch_up()
        asked = replace(
            known, question="高龄津贴怎样申请呀？", answer="向镇街申请，每月300元。", aspect=ours
        )
        with session_scope(services.database, read_only=True) as session:
            engine = services.index_sync.engine
            found = find_overlaps(session, engine, asked, day=TODAY)
        assert any(one.kind is ContradictionKind.ANSWERS for one in found) is is_compared

"""What a pair repeats of its versions, so that lists count the whole bank in an index."""

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from random import Random

import pytest
from actors import person
from sqlalchemy import Engine, event
from sqlmodel import Session, col, select

from qa_service.accounts.units import find_unit
from qa_service.clock import BEIJING
from qa_service.errors import QAServiceError
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.models import PairBasis, PolicyDocument, QAPair, QAVersion
from qa_service.knowledge.pairs.listing import Lack, PairFilter, count_lacking, list_pairs
from qa_service.knowledge.pairs.overlap.overlaps import published_wordings
from qa_service.knowledge.pairs.queries import version_in_work
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.knowledge.pairs.service import (
    discard_draft,
    draft_pair,
    edit_pair,
    publish_reviewed,
    restore_draft,
    withdraw_pair,
)
from qa_service.knowledge.policies.citation_changes import answers_citing
from qa_service.knowledge.review.grounds import groundless_pairs
from qa_service.knowledge.review.unsigned import unit_progress
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PairStatus, PolicyArea

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
EDITOR = person("甲")


def content(random: Random, number: int) -> PairContent:
    blank = random.choice(("", "退【本地：几，元】。"))
    return PairContent(
        area=PolicyArea.ELDERLY_CARE,
        unit=random.choice(("pensions", "tax")),
        question=f"第{number}种补贴怎么领？",
        variants=(),
        answer=f"到窗口领，第{random.randrange(10**6)}号。",
        phone_script=blank or "到窗口领。",
        effective_from=date(2025, 1, 1),
        basis=(Basis("养老办法", "第一条", verified=random.random() < 0.5),),
    )


def act(session: Session, random: Random, pairs: list[QAPair]) -> None:
    """One random act on a random pair, or a new draft; one that is refused changes nothing."""
    number = random.randrange(len(pairs) + 2)
    if number >= len(pairs):
        pairs.append(draft_pair(session, content(random, len(pairs)), by=EDITOR, now=NOW))
        return
    pair = pairs[number]
    acts = (
        lambda: edit_pair(session, pair, content(random, number), by=EDITOR, now=NOW),
        lambda: publish_reviewed(session, pair, now=NOW),
        lambda: withdraw_pair(session, pair, "试", now=NOW, by=EDITOR),
        lambda: discard_draft(
            session, pair, by=EDITOR, now=NOW, seen=version_in_work(session, pair).number
        ),
        lambda: restore_draft(session, pair, by=EDITOR, now=NOW),
    )
    with suppress(QAServiceError), session.begin_nested():
        random.choice(acts)()


def lacks(session: Session, lack: Lack, version_id: int | None) -> bool:
    """Whether a version lacks something, by its own words and citations."""
    if lack is Lack.BLANKS:
        return "【本地：" in session.get_one(QAVersion, version_id).phone_script
    cited = select(PairBasis.verified).where(PairBasis.version_id == version_id)
    return not all(session.exec(cited).all())


def recounted(session: Session, pairs: list[QAPair], within: frozenset[int] | None) -> object:
    """The numbers of pairs that lack something, counted one by one."""
    numbers = dict.fromkeys(Lack, 0)
    for pair in pairs:
        is_own = within is None or pair.unit_id in within
        seen = (pair.draft_version_id if is_own else None) or pair.current_version_id
        is_listed = pair.status is PairStatus.PUBLISHED or is_own
        if is_listed and pair.status is not PairStatus.WITHDRAWN:
            for lack in Lack:
                numbers[lack] += lacks(session, lack, seen)
    return numbers


@pytest.mark.parametrize("seed", range(3))
def test_is_what_a_recount_finds_after_any_history(bank: Engine, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - no secret
    pairs: list[QAPair] = []
    with session_scope(bank) as session:
        own = frozenset({find_unit(session, "tax").id or 0})
        for _ in range(40):
            act(session, random, pairs)
        for within in (None, own):
            wanted = PairFilter(within=within)
            assert count_lacking(session, wanted) == recounted(session, pairs, within)
            for lack, count in count_lacking(session, wanted).items():
                listed = list_pairs(session, replace(wanted, lacks=lack), day=NOW.date())
                assert len(listed.items) == count
        assert {pair.status for pair in pairs} >= {PairStatus.PUBLISHED, PairStatus.DRAFT}


def test_serves_the_pages_of_a_large_bank_from_indexes_of_few_pairs(bank: Engine) -> None:
    plans: list[str] = []

    def explain(*given: object) -> None:
        _, cursor, statement, values, *_ = given
        if "FROM qa_pair" in str(statement):
            raw = cursor.connection.cursor()  # type: ignore[attr-defined]
            found = raw.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
            plans.append("\n".join(str(row[3]) for row in found))

    with session_scope(bank) as session:
        document = session.exec(select(PolicyDocument).order_by(col(PolicyDocument.id))).first()
        assert document is not None
        event.listen(bank, "before_cursor_execute", explain)
        count_lacking(session)
        unit_progress(session)
        groundless_pairs(session, day=NOW.date())
        answers_citing(session, document)
        published_wordings(session, ["0" * 64])
    wanted = (
        "ix_qa_pair_blanks",
        "ix_qa_pair_draft",
        "ix_qa_pair_unread",
        "ix_qa_pair_draft",
        "ix_qa_pair_imported",
        "ix_qa_pair_groundless",
        "ix_qa_pair_current_version_id",
        "ix_qa_pair_wording_key",
    )
    assert len(plans) >= len(wanted)
    for plan, index in zip(plans, wanted, strict=False):
        assert index in plan, plan

"""Citations in files, by every spelling of a 文号 and by title."""

from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from qa_service.accounts.actor import IMPORTER
from qa_service.clock import BEIJING
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.exchange.importer import import_pairs
from qa_service.knowledge.exchange.policy_importer import import_policies
from qa_service.knowledge.exchange.rows.readers import read_rows
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.queries import view_pairs
from qa_service.knowledge.policies.filing import store_policy
from qa_service.knowledge.policies.record.content import PolicyContent
from qa_service.knowledge.policies.service import find_policy
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PairStatus, Validity

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
NUMBER = "甲民发〔2023〕18号"
POLICIES = (
    PolicyContent(NUMBER, "甲局关于印发《临时救助细则》的通知", NUMBER, "甲局", Validity.IN_FORCE),
    PolicyContent("细则二", "第二细则", "甲府发〔2020〕4号", "甲府", Validity.IN_FORCE),
)
HEAD = "领域,承办单位,标准问题,答案,口播稿,生效日期,政策依据\n"


@pytest.mark.parametrize(
    ("cell", "basis"),
    [
        ("甲民发[2023]18号", [Basis(NUMBER)]),
        ("甲民发（2023）18号", [Basis(NUMBER)]),
        ("甲民发【2023】第18号", [Basis(NUMBER)]),
        ("甲民发〔２０２３〕１８ 号", [Basis(NUMBER)]),
        ("甲民发2023年18号", [Basis(NUMBER)]),
        ("甲民發〔2023〕18號#第二条", [Basis(NUMBER, "第二条")]),
        ("甲民发[2023]18号第五条", [Basis(NUMBER, "第五条")]),
        ("《甲局关于印发〈临时救助细则〉的通知》", [Basis(NUMBER)]),
        ("临时救助细则", [Basis(NUMBER)]),
        ("甲民发[2023]18号；甲府发(2020)4号", [Basis(NUMBER), Basis("细则二")]),
        (
            "甲民发[2023]18号、甲府发(2020)4号#第一条、第二条",
            [Basis(NUMBER), Basis("细则二", "第一条、第二条")],
        ),
    ],
)
def test_a_citation_is_read_in_every_spelling(
    bank: Engine, tmp_path: Path, cell: str, basis: list[Basis]
) -> None:
    row = f"养老,甲区社保局,搬家后临时救助怎么转？,到窗口办。,到窗口办。,2026-01-01,{cell}\n"
    (tmp_path / "pairs.csv").write_text(HEAD + row, encoding="utf-8")
    with session_scope(bank) as session:
        for policy in POLICIES:
            store_policy(session, policy, now=NOW)
        rows = read_rows(tmp_path / "pairs.csv")
        report = import_pairs(session, rows, by=IMPORTER, now=NOW, publish=True)
        assert report.added == 1
        pair = session.exec(select(QAPair)).one()
        (view,) = view_pairs(session, [pair.id or 0], day=date(2026, 11, 24))
        assert (list(view.content.basis), view.showable) == (basis, True)
        ended = PolicyContent(
            "甲民发[2023]18号",
            POLICIES[0].title,
            NUMBER,
            "甲局",
            Validity.REPEALED,
            invalid_since=date(2026, 11, 1),
        )
        store_policy(session, ended, now=NOW)
        assert pair.status is PairStatus.SUSPENDED
        assert find_policy(session, NUMBER).validity is Validity.IN_FORCE


def test_a_copy_in_a_file_of_documents_is_refused_with_its_row(
    bank: Engine, tmp_path: Path
) -> None:
    head = "标识,标题,文号,制定机关,效力,起草单位,公开属性,公开属性的理由\n"
    rows = "甲,甲办法,甲民发(2023)18号,甲局,有效,甲区税务局,,\n"
    rows += "乙,乙办法,甲民发【2023】18号,甲局,有效,,依申请公开,内部规则\n"
    (tmp_path / "policies.csv").write_text(head + rows, encoding="utf-8")
    with session_scope(bank) as session:
        report = import_policies(
            session, read_rows(tmp_path / "policies.csv"), now=NOW, keep_good_rows=True
        )
    assert [row.outcome.value for row in report.rows] == ["added", "refused"]
    assert "甲办法" in report.rows[1].reason
    with session_scope(bank, read_only=True) as session:
        assert find_policy(session, "甲").document_number == NUMBER

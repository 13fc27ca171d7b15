"""Owners, copies and the public kind of documents."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from actors import person
from pension_pair import CONTENT, NOW
from sqlalchemy import Engine
from sqlmodel import Session, select

from qa_service.accounts.authority import Authority
from qa_service.accounts.models import Unit
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.pairs.moving import move_pairs_of_unit
from qa_service.knowledge.pairs.queries import pair_content
from qa_service.knowledge.pairs.service import draft_pair
from qa_service.knowledge.policies.citing import find_cited, suggest_documents
from qa_service.knowledge.policies.permissions import PolicyOwnerOnlyError
from qa_service.knowledge.policies.record.content import InvalidPolicyError, PolicyContent
from qa_service.knowledge.policies.record.copies import PolicyKnownError
from qa_service.knowledge.policies.record.full_text import search_policies
from qa_service.knowledge.policies.service import (
    add_policy,
    change_policy,
    find_policy,
    policy_content,
)
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PublicKind, Role, Validity

NEW = PolicyContent("甲规", "甲区养犬规定", "甲府规〔2025〕12号", "甲区政府", Validity.IN_FORCE)
SPELLINGS = [
    "甲府规[2025]12号",
    "甲府规（2025）012号",
    "甲府规【2025】第12号",
    "甲府规〔２０２５〕１２ 号",
]


@pytest.fixture
def session(bank: Engine) -> Iterator[Session]:
    with session_scope(bank) as opened:
        yield opened


def of_unit(session: Session, key: str) -> Authority:
    return Authority.of({Role.UNIT}, session.exec(select(Unit.id).where(Unit.key == key)).one())


class TestCopies:
    @pytest.mark.parametrize("typed", SPELLINGS)
    def test_a_second_copy_is_refused_with_the_place_of_the_first(
        self, session: Session, typed: str
    ) -> None:
        first = add_policy(session, NEW, now=NOW)
        copies = (
            replace(NEW, key="乙", title="别的标题", document_number=typed),
            replace(NEW, key=typed, title="别的标题", document_number="无号"),
        )
        for copy in copies:
            with pytest.raises(PolicyKnownError, match=f"/policies/{first.id}") as caught:
                add_policy(session, copy, now=NOW)
            assert caught.value.policy_id == first.id

    @pytest.mark.parametrize("typed", SPELLINGS)
    def test_is_stored_found_and_cited_in_one_form(self, session: Session, typed: str) -> None:
        stored = add_policy(session, replace(NEW, document_number=typed), now=NOW)
        assert stored.document_number == NEW.document_number
        for other in SPELLINGS:
            assert find_cited(session, other).key == "甲规"
            assert [one.document.id for one in search_policies(session, other)] == [stored.id]
            assert suggest_documents(session, other) == ["甲区养犬规定（甲府规〔2025〕12号）"]
        cited = replace(CONTENT, basis=(Basis(f"{typed}第三条"),))
        pair = draft_pair(session, cited, by=person("甲"), now=NOW)
        assert pair_content(session, pair).basis == (Basis("甲规", "第三条"),)

    def test_two_laws_may_have_one_number_of_an_order(self, session: Session) -> None:
        law = replace(NEW, key="一法", title="一法", document_number="主席令第7号")
        add_policy(session, law, now=NOW)
        add_policy(session, replace(law, key="二法", title="二法"), now=NOW)
        with pytest.raises(PolicyKnownError):
            add_policy(session, replace(law, key="三法"), now=NOW)

    def test_a_change_to_the_number_of_another_is_refused(self, session: Session) -> None:
        add_policy(session, NEW, now=NOW)
        document = find_policy(session, "养老办法")
        change = replace(policy_content(document), document_number=SPELLINGS[0])
        with pytest.raises(PolicyKnownError):
            change_policy(session, document, change, now=NOW)


class TestOwner:
    def test_is_the_unit_of_the_author_and_alone_may_change_it(self, session: Session) -> None:
        owner = person("本家", of_unit(session, "tax"))
        stranger = person("别家", of_unit(session, "pensions"))
        document = add_policy(session, replace(NEW, is_public=False), by=owner, now=NOW)
        change = replace(policy_content(document), title="甲区养犬新规")
        with pytest.raises(PolicyOwnerOnlyError):
            change_policy(session, document, change, by=stranger, now=NOW)
        change_policy(session, document, change, by=owner, now=NOW)
        editor = person("编辑", Authority.of({Role.EDITOR}))
        change_policy(session, document, replace(change, unit="pensions"), by=editor, now=NOW)
        with pytest.raises(PolicyOwnerOnlyError):
            change_policy(session, document, change, by=owner, now=NOW)

    def test_nobody_files_or_gives_a_document_to_another_unit(self, session: Session) -> None:
        owner = person("本家", of_unit(session, "tax"))
        with pytest.raises(PolicyOwnerOnlyError):
            add_policy(session, replace(NEW, unit="pensions"), by=owner, now=NOW)
        document = add_policy(session, NEW, by=owner, now=NOW)
        given = replace(policy_content(document), unit="pensions")
        with pytest.raises(PolicyOwnerOnlyError):
            change_policy(session, document, given, by=owner, now=NOW)

    def test_of_a_merged_unit_is_the_one_it_was_merged_into(self, session: Session) -> None:
        units = dict(session.exec(select(Unit.key, Unit.id)).all())
        document = add_policy(session, replace(NEW, unit="tax"), now=NOW)
        move_pairs_of_unit(session, units["tax"] or 0, units["pensions"] or 0, now=NOW)
        session.refresh(document)
        assert document.unit_id == units["pensions"]

    def test_a_document_without_one_is_kept_by_the_office(self, session: Session) -> None:
        document = find_policy(session, "养老办法")
        document.unit_id = None
        change = policy_content(document)
        with pytest.raises(PolicyOwnerOnlyError):
            change_policy(
                session, document, change, by=person("甲", of_unit(session, "tax")), now=NOW
            )
        change_policy(
            session, document, change, by=person("乙", Authority.of({Role.EDITOR})), now=NOW
        )


class TestPublicKind:
    @pytest.mark.parametrize("kind", [PublicKind.ON_REQUEST, PublicKind.NOT_PUBLIC])
    def test_that_is_not_open_wants_a_reason_and_makes_the_document_no_ground(
        self, session: Session, kind: PublicKind
    ) -> None:
        with pytest.raises(InvalidPolicyError) as caught:
            add_policy(session, replace(NEW, public_kind=kind), now=NOW)
        assert [one.field for one in caught.value.problems] == ["public_reason"]
        content = replace(NEW, public_kind=kind, public_reason="涉及内部管理", is_public=True)
        assert not add_policy(session, content, now=NOW).is_public

"""Every field of a reply is described once and survives the store, REST and the page's form."""

import dataclasses
from datetime import date, datetime

import pytest
from sqlalchemy import Engine

from qa_service.api.schemas.ledger_moves import ReplyIn
from qa_service.clock import BEIJING
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.pairs.record.fields import to_json
from qa_service.knowledge.policies.service import PolicyContent, add_policy
from qa_service.ledger.models import LedgerReply
from qa_service.ledger.replies.reply_content import REPLY_FIELDS, ReplyContent, stored_content
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PolicyArea, Validity
from qa_service.web.ledger.reply_form import read_reply, stored_reply_form

CITING = ReplyContent(
    area=PolicyArea.INVESTMENT,
    question="外商投资项目怎样备案",
    answer="在网上填报。\n三日内办结。",
    phone_script="在网上填报。",
    basis=(Basis("rule", "第三条"), Basis("rule")),
    effective_from=date(2026, 11, 1),
    expires_on=date(2027, 11, 1),
)
PRIVATE = dataclasses.replace(
    CITING,
    basis=(),
    no_basis_reason="惯例",
    expires_on=None,
    is_public=False,
    private_reason="涉及个案",
)
NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
RULE = PolicyContent(
    key="rule",
    title="外商投资备案办法",
    document_number="甲府发〔2026〕1号",
    issuer="甲区人民政府",
    validity=Validity.IN_FORCE,
)
BOTH = pytest.mark.parametrize("content", [CITING, PRIVATE], ids=["citing", "private"])


def stored(content: ReplyContent) -> LedgerReply:
    return LedgerReply(
        entry_id=1, number=1, author="承办甲", created_at=NOW, **content.to_columns()
    )


def test_every_field_of_a_reply_is_described_once() -> None:
    described = [field.name for field in REPLY_FIELDS]
    assert sorted(described) == sorted(field.name for field in dataclasses.fields(ReplyContent))


@BOTH
def test_a_stored_reply_keeps_every_field(content: ReplyContent) -> None:
    assert stored_content(stored(content)) == content


def test_a_reason_that_does_not_apply_is_not_stored() -> None:
    reply = stored(dataclasses.replace(CITING, private_reason="涉及个案"))
    assert (reply.no_basis_reason, reply.private_reason) == (None, None)


@BOTH
def test_rest_takes_every_field(content: ReplyContent) -> None:
    body = {field.wire_name: to_json(content.value(field.name)) for field in REPLY_FIELDS}
    assert ReplyIn.model_validate(body).content() == content


@BOTH
def test_a_form_keeps_every_field(content: ReplyContent, database: Engine) -> None:
    name = "外商投资备案办法（甲府发〔2026〕1号）"
    form = stored_reply_form(stored(content), {"rule": name})
    with session_scope(database) as session:
        add_policy(session, RULE, now=NOW)
        assert read_reply(session, form) == (content, [])


def test_the_pair_it_becomes_says_the_same() -> None:
    pair = CITING.pair_content(unit="tax", variants=("怎么备案",))
    assert (pair.unit, pair.variants, pair.keywords) == ("tax", ("怎么备案",), ())
    shared = {field.name for field in REPLY_FIELDS} & {f.name for f in dataclasses.fields(pair)}
    assert pair.values(shared) == CITING.values(shared)

"""The difference between a reply and the draft before it, for those who approve it."""

from sqlmodel import Session, select

from qa_service.knowledge.policies.citing import document_names
from qa_service.ledger.models import LedgerReply
from qa_service.web.bank.pairs.text_comparison import compare_texts
from qa_service.web.bank.pairs.views import FieldDiff


def reply_changes(session: Session, reply: LedgerReply | None) -> list[FieldDiff]:
    """Return each part of the reply beside the draft before it; nothing for a first draft."""
    if reply is None or reply.number < 2 or reply.approved_at is not None:
        return []
    statement = select(LedgerReply).where(
        LedgerReply.entry_id == reply.entry_id, LedgerReply.number == reply.number - 1
    )
    earlier = session.exec(statement).first()
    if earlier is None:
        return []
    parts = zip(_parts(session, earlier), _parts(session, reply), strict=True)
    return [FieldDiff(label, tuple(compare_texts(old, new))) for (label, old), (_, new) in parts]


def _parts(session: Session, reply: LedgerReply) -> list[tuple[str, str]]:
    names = document_names(session, {one.policy for one in reply.basis})
    basis = [f"{names.get(one.policy, one.policy)} {one.article or ''}" for one in reply.basis]
    return [
        ("标准问题", reply.question),
        ("书面答复", reply.answer),
        ("电话口播", reply.phone_script),
        ("政策依据", "；".join(basis) or f"无：{reply.no_basis_reason or ''}"),
        ("可否公开", "可以公开" if reply.is_public else f"不公开：{reply.private_reason or ''}"),
    ]

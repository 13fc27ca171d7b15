"""Finding a document under any spelling of its 文号, so that none is filed twice."""

from sqlmodel import Session, and_, col, or_, select, true

from qa_service.errors import ConflictError, FieldProblem
from qa_service.knowledge.models import PolicyDocument, stored_id
from qa_service.text.document_number import (
    document_number_key,
    names_one_document,
    normal_document_number,
)


class PolicyKnownError(ConflictError):
    """The library already has this document; ``policy_id`` is the id of the first copy."""

    code = "policy_known"
    title = "政策库中已有这份文件"

    def __init__(self, known: PolicyDocument) -> None:
        message = (
            f"政策库中已有“{known.document_number}”《{known.title}》，"
            f"请直接修改：/policies/{known.id}"
        )
        super().__init__(message, problems=(FieldProblem("document_number", message),))
        self.policy_id = stored_id(known)


def find_by_any_number(session: Session, key: str) -> PolicyDocument | None:
    """Return the document of this key, or of this 文号 in any spelling; None if there is none."""
    exact = select(PolicyDocument).where(
        col(PolicyDocument.key).in_([key, normal_document_number(key)])
    )
    found = session.exec(exact).first()
    if found is None and names_one_document(key):
        number = select(PolicyDocument).where(PolicyDocument.number_key == document_number_key(key))
        found = session.exec(number.order_by(col(PolicyDocument.id))).first()
    return found


def refuse_copy(
    session: Session,
    key: str,
    number: str,
    title: str,
    *,
    besides: PolicyDocument | None = None,
) -> None:
    """Raise PolicyKnownError if the library has the document under any spelling of its 文号."""
    same = or_(
        col(PolicyDocument.key).in_([key, number]),
        col(PolicyDocument.number_key) == document_number_key(key),
        and_(
            col(PolicyDocument.number_key) == document_number_key(number),
            true() if names_one_document(number) else col(PolicyDocument.title) == title,
        ),
    )
    statement = select(PolicyDocument).where(same).order_by(col(PolicyDocument.id))
    for known in session.exec(statement).all():
        if besides is None or known.id != besides.id:
            raise PolicyKnownError(known)

"""Permissions on a policy document: its owning unit, the office, and the second person."""

from qa_service.accounts.actor import Actor, ActorKind, RecordedActor
from qa_service.errors import ForbiddenError
from qa_service.knowledge.policy_models import PolicyCorrection, PolicyDocument, PolicyEnding
from qa_service.vocabulary import Role

KEEPERS = frozenset({Role.UNIT, Role.EDITOR, Role.ADMIN})
"""Roles that change a document of their units; editors and administrators are of the office."""
DECIDERS = frozenset({Role.REVIEWER, Role.SUPERVISOR, Role.ADMIN})
"""Roles whose second yes ends a document, or corrects what answers cite of it."""

CORRECTORS = frozenset({Role.REVIEWER})
"""Roles that propose to correct what answers cite of a document; they keep none otherwise."""


class PolicyOwnerOnlyError(ForbiddenError):
    """Only the unit that owns the document, or the office, may do this."""

    code = "policy_owner_only"
    title = "不由您办理"


class NotYourDecisionError(ForbiddenError):
    """The actor may not decide on the end or the correction of the document."""

    code = "not_your_decision"
    title = "不能由您确认"


def may_keep(actor: Actor, document: PolicyDocument) -> bool:
    """Return whether ``actor`` may change ``document``: one of its unit, or of the office.

    Commands and jobs of the service itself may.
    """
    return actor.kind is ActorKind.CLOCKWORK or _holds(actor, KEEPERS, document.unit_id)


def require_keeper(actor: Actor, document: PolicyDocument) -> None:
    """Raise PolicyOwnerOnlyError unless ``may_keep``."""
    if not may_keep(actor, document):
        raise PolicyOwnerOnlyError("政策文件由起草单位（所属单位）、编辑或管理员维护")


def may_correct(actor: Actor, document: PolicyDocument) -> bool:
    """Return whether ``actor`` reviews for the unit of ``document``."""
    return _holds(actor, CORRECTORS, document.unit_id)


def require_unit_of(actor: Actor, unit_id: int | None) -> None:
    """Raise PolicyOwnerOnlyError unless ``actor`` may own documents for the unit."""
    if actor.kind is not ActorKind.CLOCKWORK and not _holds(actor, KEEPERS, unit_id):
        raise PolicyOwnerOnlyError("只能录入本单位的政策文件；其他单位的，请由编辑或管理员办理")


def why_not_decide(actor: Actor, document: PolicyDocument, ending: PolicyEnding) -> str | None:
    """Return the reason, in Chinese, that forbids ``actor`` to decide; None if permitted."""
    if actor.kind is ActorKind.CLOCKWORK or not _holds(actor, DECIDERS, document.unit_id):
        return "由审核人、督查或管理员确认"
    proposer = RecordedActor(
        ending.proposed_by, ending.proposed_by_person_id, ending.proposed_by_key_id
    )
    if not actor.is_distinct_from(proposer):
        return "不能确认自己提出的失效或废止，请由另一人确认"
    return None


def require_decider(actor: Actor, document: PolicyDocument, ending: PolicyEnding) -> None:
    """Raise NotYourDecisionError where ``why_not_decide`` gives a reason."""
    refusal = why_not_decide(actor, document, ending)
    if refusal:
        raise NotYourDecisionError(refusal)


def why_not_confirm(
    actor: Actor, document: PolicyDocument, correction: PolicyCorrection
) -> str | None:
    """Return the reason, in Chinese, that forbids ``actor`` to confirm; None if permitted."""
    if actor.kind is ActorKind.CLOCKWORK or not _holds(actor, DECIDERS, document.unit_id):
        return "由审核人、督查或管理员确认"
    if not actor.is_distinct_from(proposer_of(correction)):
        return "不能确认自己提出的更正，请由另一人确认"
    return None


def proposer_of(correction: PolicyCorrection) -> RecordedActor:
    """Return the person who proposed the correction."""
    return RecordedActor(
        correction.proposed_by, correction.proposed_by_person_id, correction.proposed_by_key_id
    )


def _holds(actor: Actor, roles: frozenset[Role], unit_id: int | None) -> bool:
    """Return whether one of ``roles`` is held for the unit; None needs one held for every unit."""
    within = actor.authority.units(roles)
    return within is None or unit_id in within

"""Extracts guards from texts and compares those of a question and a stored text."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain

from qa_service.text.guards.actors import actor_guards
from qa_service.text.guards.exclusions import excluded_things, included
from qa_service.text.guards.extremes import EXTREME_AXES
from qa_service.text.guards.lexicon import NOT_GUARDS, TERM_AXES
from qa_service.text.guards.model import Axis, Guard, GuardKind, alternatives, words
from qa_service.text.guards.negation import Denial, denials
from qa_service.text.guards.numbers import number_guards
from qa_service.text.guards.places import place_guards
from qa_service.text.guards.roles import other_role, swapped_roles
from qa_service.text.guards.statuses import other_status, without_lacked
from qa_service.text.guards.substitution import question_core, substituted_word
from qa_service.text.guards.things import THINGS
from qa_service.text.normalise import normalise

__all__ = [
    "Guard",
    "GuardComparison",
    "GuardKind",
    "GuardSet",
    "compare_guards",
    "do_conflict",
    "extract_guards",
    "guards_of",
    "stored_guards",
]

CACHED_TEXTS = 65_536

_DONE = re.compile("[了过]")
"""Signs of what was done, which its negation lacks (签了合同, 没签合同)."""

_ONE_FAMILY = re.compile(r"^待遇不同：问的是[^、，]*([^、，]{2})，库中是[^、]*\1$")
"""Two benefits whose names end alike (育儿补贴, 生育补贴), told as a conflict."""

QUIET_AXES = frozenset(
    words("办理渠道 省份 地区 比例 级别 月份 年限 地域关系 哪一年 交易方向 小时数 金额 年龄")
)
"""Axes on which different values are no warning: fewer than four in five of the candidates shown
with one are wrong (``python -m benchmarks.warnings``)."""


INCIDENTAL_AXES = (
    frozenset(
        words("年限 年龄 天数 月数 月份 小时数 金额 比例 哪一年 哪天 否定 问的方面 场所 除外")
    )
    | THINGS
)
"""Axes on which a wording names what was so for one caller: the pair answers others as well."""

DECIDING_AXES = (
    frozenset(
        (
            "说法",
            "角色",
            "身份",
            "学段",
            "学籍",
            "境内外",
            "险种",
            "证照办理",
            "场所",
            *(axis.name for axis, _ in EXTREME_AXES),
        )
    )
    | THINGS
)
"""Axes on which the pair's own question decides, whatever the nearest wording leaves out."""


@dataclass(frozen=True, slots=True)
class GuardSet:
    """The guards of one normalised text: the values it names, and its negations.

    ``core`` is the text without its opening, see ``substitution``; ``plain`` is the core
    without polite questions, empty for a text too long for a negation of the whole, and
    ``denied`` holds the real negations in it. ``excluded`` is what it leaves out (除了产假).
    """

    by_axis: Mapping[Axis, tuple[Guard, ...]]
    core: str
    plain: str
    denied: tuple[Denial, ...]
    excluded: tuple[str, ...] = ()

    def of_kind(self, kind: GuardKind) -> tuple[str, ...]:
        """Return the named values of one kind."""
        return tuple(
            guard.value
            for axis, guards in self.by_axis.items()
            if axis.kind is kind
            for guard in guards
            if not guard.implied
        )

    def pure_denials(self) -> tuple[Denial, ...]:
        """Return the negations whose object is not also affirmed in the same text."""
        every = [denial.denied for denial in self.denied]
        return tuple(
            denial
            for denial in self.denied
            if denial.denied and self.plain.count(denial.denied) == every.count(denial.denied)
        )


@dataclass(frozen=True, slots=True)
class GuardComparison:
    """The differences between the guards of a question and of a stored text, in Chinese.

    ``conflicts``: both name a value of an axis and the values differ; ``unconfirmed``: only
    one names a value, or one value is wider. ``warnings`` are the conflicts that are told
    to an operator as such: all but those on ``QUIET_AXES``.
    """

    conflicts: tuple[str, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def beside(self, standard: "GuardComparison") -> "GuardComparison":
        """Return the comparison with a wording as it counts beside that with the pair's question.

        What a wording names by chance (``INCIDENTAL_AXES``) conflicts only where the pair's
        question conflicts too, else it is unconfirmed. On ``DECIDING_AXES`` a conflict with that
        question counts, whatever the wording leaves out, and so do two benefits of one family; on
        ``THINGS`` not where the wording names the thing.
        What a wording leaves out is in no doubt where the pair's question names just that.
        """
        others = {_axis_name(one) for one in standard.conflicts}
        held = tuple(
            one
            for one in self.conflicts
            if _axis_name(one) not in INCIDENTAL_AXES or _axis_name(one) in others
        )
        own = {_axis_name(one) for one in self.conflicts}
        left_out = {one.partition("待核：")[0] for one in self.unconfirmed}
        added = tuple(
            one
            for one in standard.conflicts
            if _decides(one)
            and (name := _axis_name(one)) not in own
            and (name not in THINGS or name in left_out)
        )
        rest = tuple(one for one in self.conflicts if one not in held)
        told = tuple(one for one in self.warnings if one in held)
        doubts = tuple(one for one in self.unconfirmed if not standard._confirms(one))
        return GuardComparison((*held, *added), (*rest, *doubts), (*told, *added))

    def with_conflicts(self, further: tuple[str, ...]) -> "GuardComparison":
        """Return the comparison with ``further`` conflicts, each of which is told."""
        return replace(
            self,
            conflicts=(*self.conflicts, *further),
            warnings=(*self.warnings, *further),
        )

    def _confirms(self, doubt: str) -> bool:
        """Return whether the text compared here names just what another one leaves out."""
        name, is_asked, _ = doubt.partition("待核：问的是")
        others = (*self.conflicts, *self.unconfirmed)
        if not is_asked or name == "否定":
            return False
        return not any(one.startswith(name) for one in others)


def extract_guards(normalised_text: str) -> GuardSet:
    """Return the guards of a normalised text; linear in its length."""
    found = chain(
        _term_guards(without_lacked(normalised_text)),
        place_guards(normalised_text),
        number_guards(normalised_text),
        actor_guards(normalised_text),
    )
    return GuardSet(
        _by_axis(found),
        question_core(normalised_text),
        *denials(normalised_text),
        excluded_things(normalised_text),
    )


@lru_cache(maxsize=CACHED_TEXTS)
def stored_guards(normalised_text: str) -> GuardSet:
    """Return the guards of a stored, normalised text; cached, as many questions meet it."""
    return extract_guards(normalised_text)


@lru_cache(maxsize=CACHED_TEXTS)
def guards_of(text: str) -> GuardSet:
    """Return the guards of a stored text that need not be normalised; cached likewise."""
    return stored_guards(normalise(text))


def compare_guards(asked: GuardSet, stored: GuardSet) -> GuardComparison:
    """Return the differences that speak against equal meaning of ``asked`` and ``stored``."""
    denials_compared = _compare_denials(asked, stored)
    conflicts = list(denials_compared.conflicts)
    if conflicts and (status := other_status(asked.core, stored.core)):
        # The pair's own question decides on a status, but not on other negations.
        conflicts = [status]
    unconfirmed = list(denials_compared.unconfirmed)
    warnings = list(conflicts)
    for axis in dict.fromkeys((*asked.by_axis, *stored.by_axis)):
        ours, theirs = asked.by_axis.get(axis, ()), stored.by_axis.get(axis, ())
        if not ours or not theirs:
            unconfirmed.extend(_one_sided(axis, ours, theirs))
        elif not _agree(ours, theirs):
            difference = _difference(axis, ours, theirs)
            (unconfirmed if axis.soft else conflicts).append(difference)
            if not axis.soft and axis.name not in QUIET_AXES:
                warnings.append(difference)
        elif not _share_a_value(ours, theirs):
            unconfirmed.append(_difference(axis, ours, theirs, "范围不一"))
    if not conflicts and (reversal := _reversal(asked, stored)):
        conflicts.append(reversal)
        warnings.append(reversal)
    return GuardComparison(tuple(conflicts), tuple(unconfirmed), tuple(warnings))


def do_conflict(asked: GuardSet, stored: GuardSet) -> bool:
    """Return whether ``compare_guards`` finds a conflict, without telling which."""
    for axis, ours in asked.by_axis.items():
        theirs = stored.by_axis.get(axis)
        if theirs and not axis.soft and not _agree(ours, theirs):
            return True
    denied = _compare_denials(asked, stored).conflicts
    return bool(denied) or _reversal(asked, stored) is not None


def _reversal(asked: GuardSet, stored: GuardSet) -> str | None:
    """Return a Chinese sentence for what no axis holds: another word, role or exclusion."""
    ours, theirs = asked.core, stored.core
    return (
        substituted_word(ours, theirs)
        or swapped_roles(ours, theirs)
        or other_role(ours, theirs)
        or other_status(ours, theirs)
        or _left_out(asked, stored)
    )


def _left_out(asked: GuardSet, stored: GuardSet) -> str | None:
    """Return a Chinese sentence for a thing that one side leaves out and the other names."""
    if thing := included(asked.excluded, stored.excluded, stored.core):
        return f"除外不同：问的是“{thing}”以外，库中是“{thing}”"
    if thing := included(stored.excluded, asked.excluded, asked.core):
        return f"除外不同：问的是“{thing}”，库中是“{thing}”以外"
    return None


def _by_axis(guards: Iterable[Guard]) -> dict[Axis, tuple[Guard, ...]]:
    """Return the guards by axis, each once."""
    found: dict[Axis, tuple[Guard, ...]] = {}
    for guard in guards:
        held = found.get(guard.axis, ())
        if guard not in held:
            found[guard.axis] = (*held, guard)
    return found


def _agree(ours: Sequence[Guard], theirs: Sequence[Guard]) -> bool:
    """Return whether any guard of one side agrees with one of the other."""
    return any(our.agrees_with(their) for our in ours for their in theirs)


def _share_a_value(ours: Sequence[Guard], theirs: Sequence[Guard]) -> bool:
    """Return whether both sides name an equal value, neither wider nor narrower."""
    return any(
        our.numeric or not our.is_wider_or_narrower(their)
        for our in ours
        for their in theirs
        if our.agrees_with(their)
    )


def _difference(
    axis: Axis, ours: Sequence[Guard], theirs: Sequence[Guard], how: str = "不同"
) -> str:
    """Return a Chinese sentence that states two different values of an axis."""
    return f"{axis.name}{how}：问的是{_listed(ours)}，库中是{_listed(theirs)}"


def _axis_name(difference: str) -> str:
    """Return the name of the axis that a conflict is on."""
    return difference.partition("不同：")[0]


def _decides(difference: str) -> bool:
    """Return whether a conflict with the pair's own question counts, whatever a wording says."""
    return _axis_name(difference) in DECIDING_AXES or bool(_ONE_FAMILY.search(difference))


def _one_sided(axis: Axis, ours: Sequence[Guard], theirs: Sequence[Guard]) -> Iterator[str]:
    """Yield a Chinese sentence for each axis that only one side names."""
    if all(guard.implied for guard in ours or theirs):
        return
    if ours:
        yield f"{axis.name}待核：问的是{_listed(ours)}，库中没有说到"
    else:
        yield f"{axis.name}待核：库中是{_listed(theirs)}，问题没有说到"


def _listed(guards: Sequence[Guard]) -> str:
    """Return the values in Chinese, each once."""
    if len(guards) == 1:
        return guards[0].value
    return "、".join(dict.fromkeys(guard.value for guard in guards))


def _compare_denials(asked: GuardSet, stored: GuardSet) -> GuardComparison:
    """Compare negations: a conflict when one denies what the other affirms (不能领取, 能领取)."""
    if not asked.plain or not stored.plain or bool(asked.denied) == bool(stored.denied):
        return GuardComparison()
    denied, affirming = (asked, stored) if asked.denied else (stored, asked)
    denials = denied.pure_denials()
    words = "、".join(f"“{denial.words}”" for denial in denials) or "否定的说法"
    ours, theirs = ("问的是", "库中") if denied is asked else ("库中是", "问题")
    told = f"{ours}{words}，{theirs}没有说“不”"
    affirmed = (affirming.plain, _DONE.sub("", affirming.plain))
    if any(denial.denied in plain for denial in denials for plain in affirmed):
        return GuardComparison((f"否定不同：{told}",))
    return GuardComparison((), (f"否定待核：{told}",))


def _compiled_terms() -> tuple[re.Pattern[str], dict[str, tuple[Guard, ...]]]:
    """Return the pattern of all listed terms, and the guards of each."""
    guards_of: dict[str, tuple[Guard, ...]] = dict.fromkeys(NOT_GUARDS, ())
    for axis, values in TERM_AXES:
        for value, forms in values.items():
            for form in forms:
                guard = Guard(axis, value, implied=value in axis.weak)
                guards_of[form] = (*guards_of.get(form, ()), guard)
    return re.compile(alternatives(guards_of)), guards_of


_TERMS, _GUARDS_OF_TERM = _compiled_terms()


def _term_guards(text: str) -> Iterator[Guard]:
    """Yield the guards of listed terms; implied ones only where nothing explicit is named."""
    named = [guard for match in _TERMS.finditer(text) for guard in _GUARDS_OF_TERM[match[0]]]
    outspoken = {guard.axis.name for guard in named if not guard.implied}
    return (guard for guard in named if not guard.implied or guard.axis.name not in outspoken)

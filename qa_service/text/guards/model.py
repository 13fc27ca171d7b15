"""Guards: values that a text names on axes whose values exclude each other."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf


class GuardKind(StrEnum):
    """The families of guards."""

    NEGATION = "negation"
    NUMBER = "number"
    AGE = "age"
    DATE = "date"
    GRADE = "grade"
    PLACE = "place"
    PARTY = "party"
    DIRECTION = "direction"
    BENEFIT = "benefit"
    THING = "thing"
    ASPECT = "aspect"


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """A set of mutually exclusive values, under the name shown to operators.

    ``parents`` gives the wider values of a value, with which it is compatible though not
    equal. A soft axis never causes a conflict, because its values are often incidental. Its
    ``weak`` values count only in a text that names no other value of the axis (in 申请注销 the
    word 申请 is ignored). On one that ``is_duration`` a limit is said like its number (一年内 and
    一年申请几次). Axes are equal by name, also where one was read back from a copy.
    """

    kind: GuardKind
    name: str
    parents: dict[str, frozenset[str]] = field(default_factory=dict)
    soft: bool = False
    weak: frozenset[str] = frozenset()
    is_duration: bool = False

    def __eq__(self, other: object) -> bool:
        """Return whether it is the same axis: a name belongs to one."""
        return self is other or (isinstance(other, Axis) and self.name == other.name)

    def __hash__(self) -> int:
        """Return the hash of the name."""
        return hash(self.name)


AxisTerms = tuple[Axis, dict[str, tuple[str, ...]]]
"""An axis with the words of each of its values."""


def axis_terms(
    kind: GuardKind,
    name: str,
    values: str,
    parents: str = "",
    *,
    soft: bool = False,
    weak: str = "",
) -> AxisTerms:
    """Return an axis of lines ``value form form …``; ``parents`` has ``child parent parent …``.

    A value may have several lines.
    """
    wider = {child: frozenset(above) for child, above in _rows(parents).items()}
    forms = {value: (value, *others) for value, others in _rows(values).items()}
    return Axis(kind, name, wider, soft, frozenset(weak.split())), forms


def words(text: str) -> tuple[str, ...]:
    """Return the words of a list kept as running text."""
    return tuple(text.split())


def alternatives(terms: Iterable[str]) -> str:
    """Return a pattern of all ``terms``, longest first among those of one first character.

    Grouped by first character behind a look-ahead: most positions, where no term begins, cost
    one test instead of one per term.
    """
    endings: dict[str, list[str]] = {}
    for term in sorted(terms, key=len, reverse=True):
        endings.setdefault(term[0], []).append(re.escape(term[1:]))
    initials = "".join(map(re.escape, endings))
    groups = (f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in endings.items())
    return f"(?=[{initials}])(?:{'|'.join(groups)})"


def _rows(text: str) -> dict[str, list[str]]:
    """Yield the words of each line that is not blank."""
    rows: dict[str, list[str]] = {}
    for line in text.strip().splitlines():
        first, *others = line.split()
        rows.setdefault(first, []).extend(others)
    return rows


@dataclass(frozen=True, slots=True)
class Guard:
    """One value on an axis; a number's value is the interval ``low`` to ``high``.

    One that ``is_open`` is a limit that its own number does not keep (不满15年). An implied guard
    is not named explicitly (成都 implies 四川), or is weak on its axis: it can conflict but
    requires no confirmation.
    """

    axis: Axis
    value: str
    low: float = 0.0
    high: float = 0.0
    numeric: bool = False
    implied: bool = False
    is_open: bool = False

    @property
    def is_at_least(self) -> bool:
        """Whether it is a lower limit such as 60岁以上."""
        return self.numeric and self.high == inf

    @property
    def is_at_most(self) -> bool:
        """Whether it is an upper limit such as 30天以内."""
        return self.numeric and self.low == -inf

    def agrees_with(self, other: "Guard") -> bool:
        """Return whether both are compatible: equal, one wider, or overlapping intervals.

        Two limits on the same side (60岁以上, 65岁以上) must be equal; two on opposite sides
        (满1年, 不满1年) must have values in common. A single number has none in common with a
        limit that it does not keep (15年, 不满15年), nor with an upper one that ends at it (60岁,
        60岁以下); a lower one is said like its number (满60岁).
        """
        if self.numeric and other.numeric:
            if self.is_at_least and other.is_at_least:
                return self.low == other.low
            if self.is_at_most and other.is_at_most:
                return self.high == other.high
            if self.is_at_most and other.is_at_least:
                return other.low < self.high
            if self.is_at_least and other.is_at_most:
                return self.low < other.high
            if self.is_open or other.is_open or self._ends_at(other) or other._ends_at(self):
                return self.low < other.high and other.low < self.high
            return self.low <= other.high and other.low <= self.high
        return self.value == other.value or self.is_wider_or_narrower(other)

    def _ends_at(self, number: "Guard") -> bool:
        """Return whether it is an upper limit that a single number reaches, but of no duration."""
        is_limit = self.is_at_most and not self.axis.is_duration
        return is_limit and self.high == number.high == number.low

    def is_wider_or_narrower(self, other: "Guard") -> bool:
        """Return whether one of the two values is a parent of the other."""
        parents = self.axis.parents
        return other.value in parents.get(self.value, ()) or self.value in parents.get(
            other.value, ()
        )

"""Request and response models of units and policy areas."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from qa_service.accounts.areas import LAST_POSITION, AreaContent
from qa_service.accounts.models import Area, Unit
from qa_service.accounts.units import UnitContent, unit_content
from qa_service.api.schemas.content_fields import FieldKey, UnitKey, omittable
from qa_service.api.text_types import Line, StrictModel
from qa_service.vocabulary import UnitLevel

_Fields = Annotated[list[FieldKey], Field(max_length=100, description="牵头领域的 key")]
_Position = Annotated[int, Field(ge=0, le=LAST_POSITION, description="小的排在前面")]


class UnitIn(StrictModel):
    """A new unit; the service checks the limits. Without a key it gets ``unit-N``."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"key": "dingshan", "name": "鼎山街道办事处", "level": "town"}]
        }
    )

    key: Line = ""
    name: Line
    level: UnitLevel = UnitLevel.DISTRICT
    parent: UnitKey | None = Field(None, description="上级单位的 key")
    fields: _Fields = Field(default_factory=list)
    is_default: bool = Field(False, description="兜底单位，全名录只有一个")
    person_in_charge: Line | None = None
    phone: Line | None = None
    email: Line | None = None

    def content(self) -> UnitContent:
        """Return the content of the request."""
        return UnitContent(**{**self.model_dump(), "fields": tuple(self.fields)})


class UnitPatch(StrictModel):
    """Changes to a unit: omitted fields stay unchanged."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "鼎山街道"}]})

    name: Line = omittable()
    level: UnitLevel = omittable()
    parent: UnitKey | None = omittable()
    fields: _Fields = omittable()
    is_default: bool = omittable()
    person_in_charge: Line | None = omittable()
    phone: Line | None = omittable()
    email: Line | None = omittable()

    def applied_to(self, content: UnitContent) -> UnitContent:
        """Return ``content`` with the given fields changed."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        if "fields" in given:
            given["fields"] = tuple(given["fields"])
        return replace(content, **given)


class UnitOut(BaseModel):
    """A unit of the directory; one that was merged names the unit it went into."""

    key: str
    name: str
    level: UnitLevel
    parent: str | None
    fields: list[str]
    is_default: bool
    person_in_charge: str | None
    phone: str | None
    email: str | None
    is_active: bool
    merged_into: str | None

    @classmethod
    def of(cls, session: Session, unit: Unit) -> Self:
        """Return the response for a stored unit."""
        content = unit_content(session, unit)
        heir = session.get(Unit, unit.merged_into_id) if unit.merged_into_id else None
        return cls(
            key=content.key,
            name=content.name,
            level=content.level,
            parent=content.parent,
            fields=list(content.fields),
            is_default=content.is_default,
            person_in_charge=content.person_in_charge,
            phone=content.phone,
            email=content.email,
            is_active=unit.is_active,
            merged_into=heir.key if heir else None,
        )


class UnitListOut(BaseModel):
    """Every unit, those no longer in use too, by name."""

    items: list[UnitOut]


class UnitMergeIn(StrictModel):
    """The unit that takes over."""

    into: UnitKey = Field(description="接手单位的 key")


class UnitMergedOut(BaseModel):
    """The merged unit, and in words what passed to its heir."""

    unit: UnitOut
    passed: str


class AreaIn(StrictModel):
    """A new policy area; without a key its name becomes the key."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "住房"}]})

    key: Line = ""
    name: Line
    position: _Position | None = None

    def content(self) -> AreaContent:
        """Return the content of the request."""
        return AreaContent(self.key, self.name, self.position)


class AreaPatch(StrictModel):
    """Changes to an area: omitted fields stay unchanged, the key always does."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "住房保障"}]})

    name: Line = omittable()
    position: _Position = omittable()

    def applied_to(self, area: Area) -> AreaContent:
        """Return the content of ``area`` with the given fields changed."""
        content = AreaContent(area.key, area.name)
        return replace(content, **{name: getattr(self, name) for name in self.model_fields_set})


class AreaOut(BaseModel):
    """A policy area; ``key`` is the value of ``field`` elsewhere."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    name: str
    position: int
    is_active: bool
    merged_into: str | None


class AreaListOut(BaseModel):
    """Every area, those no longer in use too, in their order."""

    items: list[AreaOut]

    @classmethod
    def of(cls, areas: Sequence[Area]) -> Self:
        """Return the response for the stored areas."""
        return cls(items=[AreaOut.model_validate(area) for area in areas])


class AreaMergeIn(StrictModel):
    """The area that takes over."""

    into: FieldKey = Field(description="接手领域的 key")


class AreaMergedOut(BaseModel):
    """The merged area, and in words what passed to the other one."""

    area: AreaOut
    passed: str

"""Model fields of an answer's content for requests and responses, derived from the field table."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from qa_service.api.text_types import ONE_LINE, AnyText, ISODate, Line, Paragraphs, StrictModel
from qa_service.knowledge.content_parts import Basis, Clarifying
from qa_service.knowledge.pairs.record.content import BASIS_COUNT, CLARIFYING_COUNT, VARIANT_COUNT
from qa_service.knowledge.pairs.record.fields import ContentField, FieldKind, FieldValue
from qa_service.vocabulary import AREA_CHARACTERS, AreaKey, Aspect, Validity

Definitions = dict[str, tuple[Any, Any]]
"""Type and default (or ``Field``) of each field by name, as ``create_model`` takes them."""

Model = TypeVar("Model", bound=BaseModel)

FieldKey = Annotated[str, Field(min_length=1, max_length=AREA_CHARACTERS), ONE_LINE]
"""The key of a policy area; the service checks that it is in use."""

UnitKey = Annotated[str, Field(min_length=1, max_length=64), ONE_LINE]
_Lines = Annotated[list[Line], Field(max_length=VARIANT_COUNT)]


def _only_read() -> Any:  # noqa: ANN401  a default that is never read, for fields of any type
    """Return a field that a response gives and a request may send back unheeded."""
    description = "读取时给出，可原样送回，写入时不看"
    return Field(None, description=description, json_schema_extra={"readOnly": True})


class BasisIn(StrictModel):
    """A citation: the key of a document in the library, and its article; as ``BasisOut`` gives it.

    What the library itself says of the document may be sent back, and is not heeded.
    """

    key: Annotated[str, Field(min_length=1, max_length=128), ONE_LINE] | None = Field(
        None, description="必填：政策库中文件的 key；写文号、标题的，由此查出"
    )
    policy: Annotated[str, Field(min_length=1, max_length=128), ONE_LINE] | None = Field(
        None, description="key 的旧名", json_schema_extra={"deprecated": True}
    )
    article: Annotated[str, Field(max_length=100), ONE_LINE] | None = None
    verified: bool = Field(True, description="是否已核对原文；否的标为待核")
    title: AnyText | None = _only_read()
    document_number: AnyText | None = _only_read()
    validity: Validity | None = _only_read()
    invalid_since: ISODate | None = _only_read()

    @property
    def cited(self) -> Basis:
        """The citation as the content's type."""
        return Basis(self.key or self.policy or "", self.article, self.verified)

    @model_validator(mode="after")
    def _names_one_document(self) -> Self:
        if self.key is None and self.policy is None:
            raise ValueError("key 必填：政策库中文件的 key、文号或标题")
        if None not in (self.key, self.policy) and self.key != self.policy:
            raise ValueError("policy 是 key 的旧名，请只填 key")
        return self


class ClarifyingIn(StrictModel):
    """A yes-or-no question the operator reads out, and what each answer means."""

    question: Line
    if_yes: Line
    if_no: Line


class BasisOut(BaseModel):
    """A policy document that an answer cites."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    title: str
    document_number: str
    article: str | None
    validity: Validity
    invalid_since: date | None = Field(None, description="失效日期；未到的，当日起才失效")
    verified: bool = Field(True, description="是否已核对原文；否的标为待核")


class ClarifyingOut(BaseModel):
    """A yes-or-no question the operator reads out, and what each answer means."""

    model_config = ConfigDict(from_attributes=True)

    question: str
    if_yes: str
    if_no: str


INPUT_TYPES: Mapping[FieldKind, Any] = {
    FieldKind.AREA: FieldKey,
    FieldKind.UNIT: UnitKey,
    FieldKind.LINE: Line,
    FieldKind.PARAGRAPHS: Paragraphs,
    FieldKind.DAY: ISODate,
    FieldKind.LINES: _Lines,
    FieldKind.WORDS: _Lines,
    FieldKind.CITATIONS: Annotated[list[BasisIn], Field(max_length=BASIS_COUNT)],
    FieldKind.CLARIFYING: Annotated[list[ClarifyingIn], Field(max_length=CLARIFYING_COUNT)],
    FieldKind.FLAG: bool,
    FieldKind.ASPECT: Aspect,
}
"""Request type of each kind of field."""

OUTPUT_TYPES: Mapping[FieldKind, Any] = {
    FieldKind.AREA: AreaKey,
    FieldKind.UNIT: str,
    FieldKind.LINE: str,
    FieldKind.PARAGRAPHS: str,
    FieldKind.DAY: date,
    FieldKind.LINES: list[str],
    FieldKind.WORDS: list[str],
    FieldKind.CITATIONS: list[BasisOut],
    FieldKind.CLARIFYING: list[ClarifyingOut],
    FieldKind.FLAG: bool,
    FieldKind.ASPECT: Aspect,
}
"""Response type of each kind of field."""

_NULLABLE = {FieldKind.DAY, FieldKind.ASPECT}
"""Kinds without an empty value: where the field is optional, null says that there is none."""

_SEVERAL = {FieldKind.LINES, FieldKind.WORDS, FieldKind.CITATIONS, FieldKind.CLARIFYING}


def with_fields(definitions: Definitions) -> Callable[[type[Model]], type[Model]]:
    """Return a class decorator that adds fields to a pydantic model, after its own."""

    def extend(model: type[Model]) -> type[Model]:
        """Return ``model`` with the fields added."""
        extended: type[Model] = create_model(  # type: ignore[call-overload]
            model.__name__,
            __base__=model,
            __module__=model.__module__,
            __doc__=model.__doc__,
            **definitions,
        )
        return extended

    return extend


def input_fields(
    fields: Iterable[ContentField], types: Mapping[FieldKind, Any] = INPUT_TYPES
) -> Definitions:
    """Return the fields of a request with a complete content; optional ones have a default."""
    return {field.wire_name: _input(field, types[field.kind]) for field in fields}


def patch_fields(fields: Iterable[ContentField]) -> Definitions:
    """Return the fields of a request with changes, all of which may be omitted."""
    return {
        field.wire_name: (_nullable(field, INPUT_TYPES[field.kind]), omittable())
        for field in fields
    }


def output_fields(fields: Iterable[ContentField]) -> Definitions:
    """Return the fields of a response, all of them required."""
    return {field.wire_name: (_nullable(field, OUTPUT_TYPES[field.kind]), ...) for field in fields}


def _without_default(schema: dict[str, Any]) -> None:
    """Remove the default, which has no meaning to callers, from a field's schema."""
    schema.pop("default", None)


def logged_fields(fields: Iterable[ContentField]) -> Definitions:
    """Return the fields of a logged answer; all optional, because older releases logged fewer."""
    undescribed = (replace(field, description=None) for field in fields)
    return {field.wire_name: _input(field, OUTPUT_TYPES[field.kind]) for field in undescribed}


def omittable() -> Any:  # noqa: ANN401  a default that is never read, for fields of any type
    """Return a field that may be omitted from a change, which differs from null."""
    return Field(default=None, json_schema_extra=_without_default)


def content_values(body: BaseModel, fields: Iterable[ContentField]) -> dict[str, FieldValue]:
    """Return the values of ``body``, or its defaults, by the name of the content's field."""
    return {field.name: _value(getattr(body, field.wire_name)) for field in fields}


def _input(field: ContentField, taken: object) -> tuple[Any, Any]:
    """Return the type and ``Field`` of a required or optional field."""
    description = field.description
    if field.required:
        return taken, Field(description=description)
    if field.kind in _SEVERAL:
        return taken, Field(default_factory=list, description=description)
    default = None if field.kind in _NULLABLE else ""
    return _nullable(field, taken), Field(default, description=description)


def _nullable(field: ContentField, of: Any) -> Any:  # noqa: ANN401  a type, made at run time
    """Return the type ``of``, or with null if the field is optional without an empty value."""
    is_nullable = field.kind in _NULLABLE and not field.required
    return of | None if is_nullable else of


def _value(given: object) -> FieldValue:
    """Return a parsed value as the content's type."""
    if isinstance(given, list):
        return tuple(_item(one) for one in given)
    assert given is None or isinstance(given, str | bool | date)  # noqa: S101 - by INPUT_TYPES
    return given


def _item(given: object) -> str | Basis | Clarifying:
    """Return one item of a parsed list as the content's type."""
    if isinstance(given, ClarifyingIn):
        return Clarifying.load(given.model_dump())
    if isinstance(given, BasisIn):
        return given.cited
    assert isinstance(given, str)  # noqa: S101 - by INPUT_TYPES
    return given

"""Request and response models of policy documents."""

from dataclasses import replace
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from qa_service.api.schemas.content_fields import omittable
from qa_service.api.text_types import LARGEST_ID, ISODate, Line, PageSize, StrictModel
from qa_service.knowledge.policies.service import PolicyContent
from qa_service.vocabulary import Validity


class PolicyIn(StrictModel):
    """A new document of the library; the service checks the limits."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "key": "区政办发〔2026〕3号",
                    "title": "某区高龄津贴实施办法",
                    "document_number": "区政办发〔2026〕3号",
                    "issuer": "某区人民政府办公室",
                    "validity": "有效",
                    "effective_from": "2026-07-01",
                }
            ]
        }
    )

    key: Line
    title: Line
    document_number: Line
    issuer: Line
    validity: Validity
    issued_on: ISODate | None = None
    effective_from: ISODate | None = None
    invalid_since: ISODate | None = None
    replaced_by: Line | None = None
    is_public: bool = True
    link: Line | None = None

    def content(self) -> PolicyContent:
        """Return the content of the request."""
        return PolicyContent(**self.model_dump())


class PolicyPatch(StrictModel):
    """Changes to a document: omitted fields stay unchanged."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"validity": "废止", "invalid_since": "2026-11-01"}]}
    )

    title: Line = omittable()
    document_number: Line = omittable()
    issuer: Line = omittable()
    validity: Validity = omittable()
    issued_on: ISODate | None = omittable()
    effective_from: ISODate | None = omittable()
    invalid_since: ISODate | None = omittable()
    replaced_by: Line | None = omittable()
    is_public: bool = omittable()
    link: Line | None = omittable()

    def applied_to(self, content: PolicyContent) -> PolicyContent:
        """Return ``content`` with the given fields changed."""
        return replace(content, **{name: getattr(self, name) for name in self.model_fields_set})


class PolicyOut(BaseModel):
    """A policy document of the library."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    key: str
    title: str
    document_number: str
    issuer: str
    issued_on: date | None
    effective_from: date | None
    validity: Validity
    invalid_since: date | None
    replaced_by: str | None
    is_public: bool
    link: str | None


class PolicyChangedOut(BaseModel):
    """A changed document, and the pairs that were withdrawn because it has ended."""

    policy: PolicyOut
    withdrawn: list[int]


class PolicyQuery(StrictModel):
    """Filter of a list of documents."""

    q: Line = Field("", max_length=100, description="标题、文号、机关或全文中的字")
    validity: Validity | None = None
    cursor: int = Field(0, ge=0, le=LARGEST_ID, description="上一页的 next")
    limit: PageSize = 200


class PolicyListOut(BaseModel):
    """One page of the library, ordered by id."""

    items: list[PolicyOut]
    next: str | None = None

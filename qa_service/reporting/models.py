"""Table of inspection packages (监督检查报表), kept as they were issued."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from qa_service.reporting.inspection.content import PackageContent
from qa_service.storage.column_types import JSONItem, UTCDateTime
from qa_service.storage.free_text import FreeText
from qa_service.text.privacy.masking import masked


class InspectionPackage(SQLModel, table=True):
    """A package as issued: its figures and lists never change, and ``checksum`` shows it.

    ``notice`` is the draft of the circular (通报), which the office goes on editing; nothing
    sends it. ``occasion`` names the scheduled issue, so that there is one for each.
    """

    __tablename__ = "inspection_package"

    id: int | None = Field(default=None, primary_key=True)
    occasion: str | None = Field(default=None, max_length=32, unique=True)
    since: date
    until: date
    content: PackageContent = Field(sa_type=JSONItem(PackageContent))
    checksum: str = Field(max_length=64)
    notice: str = Field(sa_type=FreeText(masked))
    issued_by: str
    issued_by_person_id: int | None = None
    issued_by_key_id: int | None = None
    issued_at: datetime = Field(sa_type=UTCDateTime)
    edited_by: str | None = None
    edited_by_person_id: int | None = None
    edited_by_key_id: int | None = None
    edited_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

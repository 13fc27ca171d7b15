"""Table of the encryption keys that this database was sealed with."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from qa_service.storage.column_types import UTCDateTime


class EncryptionKey(SQLModel, table=True):
    """The fingerprint of a key, by which a restored or exchanged key file is recognised."""

    __tablename__ = "encryption_key"

    key_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    fingerprint: str = Field(max_length=64)
    registered_at: datetime = Field(sa_type=UTCDateTime)

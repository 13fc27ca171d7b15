"""Table of the encryption keys that this database was sealed with."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from qa_service.storage.column_types import UTCDateTime


class EncryptionKey(SQLModel, table=True):
    """The fingerprint of a key, by which a restored or exchanged key file is recognised.

    ``sealing_key`` is its public part and ``form_key`` what signs the forms of the public desk,
    both for processes that have no key file; None until a process that has one has started.
    """

    __tablename__ = "encryption_key"

    key_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    fingerprint: str = Field(max_length=64)
    registered_at: datetime = Field(sa_type=UTCDateTime)
    sealing_key: str | None = Field(default=None, max_length=64)
    form_key: str | None = Field(default=None, max_length=64)

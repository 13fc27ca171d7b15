"""Of callers who were erased, the reason given for an unusual contact goes as well."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0047_erased_notes"
down_revision: str | None = "0046_asked_within"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ASKER = sa.table("asker", sa.column("contact_note", sa.String), sa.column("purge_on", sa.Date))


def upgrade() -> None:
    """Erase the notes that earlier releases left; the day of erasure tells whose."""
    erased = _ASKER.c.purge_on.is_not(None)
    op.execute(_ASKER.update().where(erased).values(contact_note=None))


def downgrade() -> None:
    """Change nothing: what was erased cannot come back."""

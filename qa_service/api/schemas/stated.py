"""The name a system states for the person who typed, common to several request bodies."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from qa_service.api.text_types import Line, StrictModel

STATED_CHARACTERS = 200

StatedName = Annotated[
    Line, StringConstraints(min_length=1, max_length=STATED_CHARACTERS, strip_whitespace=True)
]


class StatedIn(StrictModel):
    """A body that may state for whom a system acts; it is recorded as stated, never verified."""

    on_behalf_of: StatedName | None = Field(
        None,
        description="系统密钥可写明经办人的姓名或工号，记作“自称”，未经核实；个人密钥只能写本人的登录名",
    )
    by: StatedName | None = Field(
        None, description="on_behalf_of 的旧名", json_schema_extra={"deprecated": True}
    )

    @property
    def stated(self) -> str | None:
        """The name that was stated, under either name of the field."""
        return self.on_behalf_of or self.by

    @model_validator(mode="after")
    def _is_stated_once(self) -> Self:
        if self.on_behalf_of is not None and self.by is not None:
            raise ValueError("by 是 on_behalf_of 的旧名，请只填一个")
        return self

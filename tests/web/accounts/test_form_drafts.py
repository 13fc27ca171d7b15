"""What was typed into a long form is kept on the server for its writer alone."""

from datetime import timedelta

import pytest
from sqlmodel import select
from visitor import Browse, Browser

from qa_service.accounts.form_drafts import (
    KEPT_FOR,
    LONGEST,
    delete_old_drafts,
    draft_context,
    reseal_drafts,
)
from qa_service.accounts.models import FormDraft
from qa_service.errors import ConfigurationError
from qa_service.services import Services
from qa_service.storage.encryption import add_key
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role

FORM = "/pairs/new#0"
SAID = '[["answer", "王小明 13800001111 来电"]]'


def test_a_draft_comes_back_to_its_writer_until_it_is_dropped(
    operator: Browser, browse: Browse
) -> None:
    assert operator.get(f"/drafts?form={FORM}").status_code == 204
    assert operator.post("/drafts", form="/pairs/new#0", values=SAID).status_code == 204
    operator.post("/drafts", form="/pairs/new#0", values=SAID.replace("来电", "来信"))
    found = operator.get("/drafts").status_code
    assert found == 204  # of no form
    kept = operator.client.get("/drafts", params={"form": FORM}).json()
    assert "来信" in kept["values"]
    other = browse("ling", Role.EDITOR)
    assert other.client.get("/drafts", params={"form": FORM}).status_code == 204
    assert operator.post("/drafts/drop", form=FORM).status_code == 204
    assert operator.client.get("/drafts", params={"form": FORM}).status_code == 204


def test_drafts_lie_encrypted_and_are_deleted_in_time(
    operator: Browser, services: Services
) -> None:
    operator.post("/drafts", form=FORM, values=SAID)
    now = services.clock.now()
    with session_scope(services.database) as session:
        assert "王小明" not in session.exec(select(FormDraft)).one().values_sealed
        assert delete_old_drafts(session, now=now + KEPT_FOR) == 0
        assert delete_old_drafts(session, now=now + KEPT_FOR + timedelta(seconds=1)) == 1


def test_drafts_are_read_with_a_new_key_alone(operator: Browser, services: Services) -> None:
    operator.post("/drafts", form=FORM, values=SAID)
    rotated = add_key(services.settings.data_dir)
    with session_scope(services.database) as session:
        reseal_drafts(session, rotated)
        sealed = session.exec(select(FormDraft)).one()
        context = draft_context(sealed.user_id)
        assert rotated.decrypt(sealed.values_sealed, context=context) == SAID
        with pytest.raises(ConfigurationError):
            services.cipher.decrypt(sealed.values_sealed, context=context)


def test_what_is_too_long_is_refused(operator: Browser) -> None:
    assert operator.post("/drafts", form=FORM, values="a" * (LONGEST + 1)).status_code == 422
    assert operator.post("/drafts", form="/" * 301, values="[]").status_code == 422
    # It is found by its form's address, which lies unencrypted.
    for form in ("/pairs/13600001234", "/pairs/new?q=13600001234", "王小明的草稿"):
        assert operator.post("/drafts", form=form, values="[]").status_code == 422

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import func, select

from qa_service.ledger.askers.details import NOBODY, AskerDetails, keep_asker, mask_contact
from qa_service.ledger.models import Asker
from qa_service.storage.encryption import FieldCipher
from qa_service.storage.engine import session_scope

PHONE = "13800000000"
CIPHER = FieldCipher.of(b"k" * 32)


def keep(engine: Engine, details: AskerDetails) -> Asker:
    with session_scope(engine) as session:
        asker_id = keep_asker(session, details, cipher=CIPHER)
        return session.get_one(Asker, asker_id)


class TestMaskContact:
    @pytest.mark.parametrize(
        ("contact", "masked"),
        [
            (PHONE, "138******00"),
            ("010-00000000", "010*******00"),
            ("66000000", "660***00"),
            ("6600000", "*******"),
            ("12345", "*****"),
            ("1", "*"),
        ],
    )
    def test_hides_the_middle_and_a_short_one_whole(self, contact: str, masked: str) -> None:
        assert mask_contact(contact) == masked

    @given(st.text(alphabet=string.digits + "-+@a", min_size=1, max_size=60))
    def test_never_shows_more_than_five_characters_or_fills_the_column(self, contact: str) -> None:
        masked = mask_contact(contact)
        assert len(masked) <= 32
        assert len(masked.replace("*", "")) <= 5
        assert masked.count("*") >= 3 or len(contact) < 3


class TestKeepAsker:
    def test_nothing_given_keeps_nothing(self, database: Engine) -> None:
        with session_scope(database) as session:
            for details in (NOBODY, AskerDetails(name="  ", phone=" \u3000")):
                assert keep_asker(session, details, cipher=CIPHER) is None
            assert session.exec(select(func.count()).select_from(Asker)).one() == 0

    def test_name_and_contact_are_sealed_for_the_call_back(self, database: Engine) -> None:
        kept = keep(database, AskerDetails(name=" 测试来电人 ", phone="138 0000 0000"))
        assert kept.name_sealed
        assert kept.contact_sealed
        assert CIPHER.decrypt(kept.name_sealed) == "测试来电人"
        assert CIPHER.decrypt(kept.contact_sealed) == PHONE
        assert kept.contact_masked == "138******00"
        plain = f"{kept.name_sealed}{kept.contact_sealed}{kept.contact_hash}{kept.contact_masked}"
        assert PHONE not in plain
        assert "测试来电人" not in plain

    def test_a_name_alone_has_no_contact(self, database: Engine) -> None:
        kept = keep(database, AskerDetails(name="测试来电人"))
        assert (kept.contact_sealed, kept.contact_hash, kept.contact_masked) == (None, None, None)

    def test_the_same_contact_is_found_again_by_its_hash(self, database: Engine) -> None:
        first = keep(database, AskerDetails(phone=PHONE))
        again = keep(database, AskerDetails(phone="138 0000 0000"))
        other = keep(database, AskerDetails(phone="13900000000"))
        assert first.contact_hash == again.contact_hash != other.contact_hash

    def test_details_are_never_printed(self) -> None:
        assert PHONE not in repr(AskerDetails(name="测试来电人", phone=PHONE))
        assert "测试来电人" not in repr(AskerDetails(name="测试来电人", phone=PHONE))

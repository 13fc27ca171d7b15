import pytest

from qa_service.text.privacy.contact import find_contact, without_markers
from qa_service.text.privacy.masking import mask_personal_data


@pytest.mark.parametrize(
    ("said", "name", "phone", "asked"),
    [
        ("我叫赵敏电话13800001111生育津贴怎么领", "赵敏", "13800001111", "生育津贴怎么领"),
        ("我是李强，手机号是138 0000 1111，低保怎么申请", "李强", "138 0000 1111", "低保怎么申请"),
        ("契税怎么交？电话：023-40000000转12", None, "023-40000000转12", "契税怎么交？"),
        ("低保怎么申请", None, None, "低保怎么申请"),
    ],
)
def test_name_and_number_are_found_and_the_rest_is_what_is_asked(
    said: str, name: str | None, phone: str | None, asked: str
) -> None:
    found = find_contact(said)
    assert (found.name, found.phone) == (name, phone)
    assert without_markers(mask_personal_data(said).text) == asked


def test_a_contact_is_not_printed() -> None:
    assert "13800001111" not in repr(find_contact("电话13800001111"))

"""Invented people: numbers with right check digits that nobody was given."""

PLANTED = {
    "name": "欧阳测试",
    "mobile": "13900139000",
    "resident_id": "110101190001010014",
    "bank_card": "6222020000000000000",
    "email": "ce.shi@nobody.example",
    "landline": "010-62620000",
    "address": "幸福路88号院3号楼2单元501室",
}

SAID = (
    f"我叫{PLANTED['name']}，手机{PLANTED['mobile']}，身份证{PLANTED['resident_id']}，"
    f"卡号{PLANTED['bank_card']}，邮箱{PLANTED['email']}，电话{PLANTED['landline']}，"
    f"住在{PLANTED['address']}。"
)


def plain_forms() -> dict[str, list[bytes]]:
    """How each would stand in a file: as UTF-8, as UTF-16, as JSON and in an address."""
    forms = {}
    for kind, value in PLANTED.items():
        escaped = value.encode("ascii", "backslashreplace")
        quoted = "".join(f"%{byte:02X}" for byte in value.encode()).encode()
        forms[kind] = [value.encode(), value.encode("utf-16-le"), escaped, quoted]
    return forms

"""Numbers that callers dictate: in pieces, with words between, counted or as numerals."""

import time
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qa_service.text.privacy.contact import find_contact
from qa_service.text.privacy.digits import holds_long_number
from qa_service.text.privacy.kinds import PersonalDataKind
from qa_service.text.privacy.masking import mask_personal_data

DICTATED = {
    PersonalDataKind.MOBILE: """
        一三八，四个零，四个一
        一三八 四个零 四个一
        一三八四个零四个一
        138四个0四个1
        1380000四个1
        138，俩零，两个零，四个一
        138，四个都是0，四个1
        一三八，一个零，三个八，四个一
        一百三十八，四个零，四个一
        一百三十八 零零零零 一一一一
        一百三十八零零零零一一一一
        一百五，零零零零，一一一一
        一三八，五十六，七十八，九十，十二
        138，后面00001111
        138后面00001111
        138然后0000然后1111
        138，后面是0000，再后面是1111
        138，中间四位0000，后四位1111
        138，中间四个数字是0000，最后1111
        138打头，0000，尾号1111
        138，后八位00001111
        13800，然后001111
        138 0000 再来四个1
        138，完了是零零零零，完了四个幺
        138加0000加1111
        138（然后）0000（后面）1111
        138。后面0000。最后1111
        一三八，嗯，零零零零，对，一一一一
        一三八啊零零零零啊一一一一
        138xx 0000xx1111
        138\u3000然后\u30000000\u3000然后\u30001111
        1111，前面1380000
        1111，前面是一三八，四个零
        138 0000 1111户口怎么迁
        138 0000 1111年底到期
    """,
    PersonalDataKind.LANDLINE: """
        零二三，号码六零零零，然后一二三四
        023，后面6000，1234
        零二三，六个六，一二
    """,
    PersonalDataKind.RESIDENT_ID: """
        五零零一零一，然后一九九零零三零七，后面一二三八
        500101 然后 19900307 然后 123 叉
        500101，后面19900307，后面123，最后一位是X
        500101，后面是19900307，后四位1238
        五零幺零零二，然后幺九八零，四个零，幺二三四
    """,
    PersonalDataKind.BANK_CARD: """
        6222，然后0200，后面四个零，然后0001
        六二二二，零二零零，四个零，零零零一
        6217，后面四个零，四个零，四个零，最后三位123
    """,
}
LEADS = {
    PersonalDataKind.MOBILE: ("", "手机号是", "我电话前三位", "尾号", "流星补贴"),
    PersonalDataKind.LANDLINE: ("", "座机是"),
    PersonalDataKind.RESIDENT_ID: ("身份证号", "身份证前六位是"),
    PersonalDataKind.BANK_CARD: ("卡号", "银行卡前四位是"),
}
TABLE = [
    (kind, lead + said.strip())
    for kind, block in DICTATED.items()
    for said in block.strip().split("\n")
    for lead in LEADS[kind]
    if not said.strip().startswith("1111") or lead == "尾号"
]

ORDINARY = """
    先交150，然后再交3000，最后补2000|先150，然后3000，最后2000|前三位是138的手机能办吗|138开头的号码|尾号限行1和6，然后2和7，后面3和8
    尾号1111的卡丢了|后四位1238的身份证|一百五十元，然后三千元|一百三十八块，然后两百块，后面四个零|三个一百，两个二百|两个一百年
    四个全面，五位一体|三个代表|第15条，然后第18条，后面第20条|第一个是15岁，第二个是18岁，第三个是20岁|第一位15，第二位20
    前3个月2000，后6个月1500|前三年1500，后面两年3000元|最后一位是X的身份证怎么输|身份证尾号是X|8:30到12:00，然后14:00到17:30
    一三五，后面二四六|满15年，然后60岁，再交5年|13号、15号、18号，然后20号|十三、十四、十五、十六、十七、十八|十五、二十八、三十六、四十五、五十二
    一百三十八、一百五十、二百|国办发〔2020〕53号，然后国发〔2014〕8号|先打12345，然后12333，再12366|拨打12345，然后转1，再按2
    先打95598，然后10010|400-800-8888，然后按1|一共150人，然后20人|占51%，然后49%|1380元，然后15000元，后面200元|4个1年期的合同
    一个3岁，一个15岁，一个18岁|三个2021年|每月1500，再加300，再加200元|每月1850，再加300，再加215|工资3000，加1500，加800
    从13:00开始，然后15:00，后面18:00|138平方米，后面0.5亩|2024年3月15日，然后2025年1月1日|2024-03-15，然后2025-01-01
    20240315，然后20250101|两个八级伤残|前20位，后30位|第13位，第15位|5个0到3岁的孩子|社保交了15年，个人1500，后面3000
    公积金500，然后800，再1000|医保报销了3850，然后自己出1285|社保3850，然后1285，后面640|参保15年，然后20年|住院12天，然后3850
    电话2023年打的，然后2024年|打了20次，后面15次|打3850，再打1285|拨打前面3000，后面5000|卡里有15000，后面加3000.50
    收款3850，然后128500|证书15个，然后20个|工资卡3850，再来1285，再来12850|个体户3000，然后5000，再2000|300x400x500|1525x3050x208
    13、15，然后18、20、25岁|15个，2个8，3个1|孩子一个15，一个20，一个1820|先交1382，两个1500|一百五，三百，五百|138号楼，后面15栋
    138路，然后15路|138，后面150，后面188号段|138、150、188，然后199开头的|前3000，后5000，然后8000，10000|双11，然后双12，后面618
    第1、2、3位，然后4位|五险一金，然后四个一|一老一小，三个五|四个一批
    138 0000 1111元|138 0000 1111户|1500、3000、200个|两个38岁，三个13|编号12，然后34567
""".strip()

CHINESE = str.maketrans("0123456789", "零幺二三四五六七八九")
BETWEEN = [
    *(
        "，",
        " ",
        "，然后",
        "然后",
        "，后面是",
        "，再后面",
        "，接着",
        "\n",
        "，嗯，",
        "，完了是",
        "，中间",
    ),
    *("，最后", "，后四位", "，后面四位数是", "（然后）", "，再来", "xx", "。后面", "，对，"),
]
HOSTILE = [
    *(
        "四个零",
        "四个",
        "前三位1",
        "后面1",
        "再加",
        "1再加",
        "1然后",
        "1xx",
        "十",
        "一十",
        "一百三",
    ),
    *("138，四个零，", "尾号1，前面", "尾号1111，前面1380000", "一位", "俩1", "1_", "前", "2 后 "),
    *("最后一位是X", "50010119900307123，然后", "幺三六四个零幺二三四"),
    *("1" + "，" * 24, "1" + "后" * 24),
]


@st.composite
def spoken(draw: st.DrawFn, piece: str) -> str:
    """A piece of a number as somebody may say it."""
    count = len(piece) if len(set(piece)) == 1 else 0
    sign = piece[:1] if draw(st.booleans()) else piece[:1].translate(CHINESE)
    if 2 <= count <= 8 and draw(st.booleans()):
        told = str(count) if draw(st.booleans()) else "一二两三四五六七八"[count]
        return f"{told.replace('二', '两')}个{sign}"
    return piece if draw(st.booleans()) else piece.translate(CHINESE)


@st.composite
def dictations(draw: st.DrawFn, number: str, first: int) -> str:
    """A number in pieces of two to six digits, the first of ``first``, as somebody may say it."""
    pieces, rest = [number[:first]], number[first:]
    while rest:
        size = draw(st.integers(2, 6))
        size = len(rest) if len(rest) - size < 2 else size
        pieces.append(rest[:size])
        rest = rest[size:]
    assume(any(piece[0] == "0" or int(piece) % 10 for piece in pieces))
    said = [draw(spoken(piece)) for piece in pieces]
    return said[0] + "".join(draw(st.sampled_from(BETWEEN)) + one for one in said[1:])


def digits_left(text: str) -> int:
    left = text.replace("后四位", "").replace("四位数", "")
    return sum(sign.isdigit() or sign in "零幺二三四五六七八九" for sign in left)


@pytest.mark.parametrize(("kind", "said"), TABLE)
def test_a_dictated_number_is_masked(kind: PersonalDataKind, said: str) -> None:
    masked = mask_personal_data(f"请问，{said}，怎么办")
    assert kind in masked.found
    assert digits_left(masked.text) <= ("前三位" in said) + ("前六位" in said) + ("前四位" in said)
    assert mask_personal_data(str(masked.text)).text == masked.text


@given(st.data(), st.integers(0, 99_999_999), st.sampled_from("3456789"))
def test_no_way_of_dictating_a_mobile_number_leaves_a_digit(
    data: st.DataObject, digits: int, second: str
) -> None:
    said = data.draw(dictations(f"1{second}8{digits:08d}", first=3))
    lead = data.draw(st.sampled_from(["我的电话是", "手机号，", "号码是", "我住这里", ""]))
    assume(lead[-1:] in ("是", "，") or any(sign >= "一" for sign in said if sign.isalpha()))
    masked = mask_personal_data(f"{lead}{said}，请回复").text
    assert digits_left(masked) == 0, said


@given(st.data(), st.dates(date(1930, 1, 1), date(2025, 12, 31)), st.integers(0, 9_999))
def test_no_way_of_dictating_a_resident_id_leaves_a_digit(
    data: st.DataObject, born: date, last: int
) -> None:
    number = f"500101{born:%Y%m%d}{last:04d}"
    said = data.draw(dictations(number, first=6))
    assert digits_left(mask_personal_data(f"我的身份证号是{said}，请查").text) == 0, said


@given(st.data(), st.integers(0, 10**12 - 1))
def test_no_way_of_dictating_a_bank_card_leaves_a_digit(data: st.DataObject, last: int) -> None:
    said = data.draw(dictations(f"6222{last:012d}", first=4))
    assert digits_left(mask_personal_data(f"银行卡号是{said}，请查").text) == 0, said


def test_ordinary_numbers_with_such_words_between_stay_as_they_are() -> None:
    ordinary = [said.strip() for line in ORDINARY.split("\n") for said in line.split("|")]
    assert len(ordinary) > 60
    assert [said for said in ordinary if mask_personal_data(said).found] == []


@pytest.mark.parametrize(
    ("said", "phone"),
    [
        ("我的电话是一三八，四个零，四个一", "13800001111"),
        ("手机一百三十八，然后零零零零，后面是1111", "13800001111"),
        ("尾号1111，前面1380000", "13800001111"),
        ("区号零二三，号码六零零零，然后一二三四", "02360001234"),
        ("电话138 0000 1111", "138 0000 1111"),
    ],
)
def test_the_callback_number_of_a_dictated_one_is_its_digits(said: str, phone: str) -> None:
    assert find_contact(said).phone == phone


def test_two_numbers_with_counted_digits_in_a_row_are_both_masked() -> None:
    assert mask_personal_data("幺三六四个零幺二三四" * 2).text == "〔手机号〕〔手机号〕"


def test_a_number_whose_last_digits_come_first_is_masked_beside_another_one() -> None:
    said = "幺三六四个零幺二三四，尾号1111，前面1380000"
    assert mask_personal_data(said).text == "〔手机号〕，尾号〔手机号〕"


def test_the_cheap_look_for_a_number_misses_no_dictated_mobile_number() -> None:
    mobiles = [said for kind, said in TABLE if kind is PersonalDataKind.MOBILE]
    assert [said for said in mobiles if not holds_long_number(said)] == []


@given(st.lists(st.sampled_from([*BETWEEN, *HOSTILE, "138", "0000", "手机", "个"])).map("".join))
def test_masking_what_was_masked_changes_nothing(text: str) -> None:
    once = str(mask_personal_data(text).text)
    assert mask_personal_data(once).text == once


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_dictation_costs_linear_time(piece: str) -> None:
    spent = [min(_seconds((piece * size)[:size]) for _ in range(3)) for size in (1_600, 16_000)]
    # A quadratic one takes a hundred times as long; the constant is the clock's grain.
    assert spent[1] < 40 * spent[0] + 0.05


def _seconds(text: str) -> float:
    started = time.process_time()
    mask_personal_data(text)
    return time.process_time() - started

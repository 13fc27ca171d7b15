"""What is masked, and what must be left alone."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.text.privacy import numbers
from qa_service.text.privacy.masking import MARKERS, PersonalDataKind, mask_personal_data

MOBILE = "138" + "0000" + "0000"


def resident_id(first_17: str) -> str:
    """An invented number with its right check character."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(sign) * weight for sign, weight in zip(first_17, weights, strict=True))
    return first_17 + "10X98765432"[total % 11]


def bank_card(head: str) -> str:
    """An invented number with its right Luhn digit."""
    for digit in "0123456789":
        number = head + digit
        total = sum(
            sum(divmod(int(sign) * (1 + at % 2), 10)) for at, sign in enumerate(reversed(number))
        )
        if total % 10 == 0:
            return number
    raise AssertionError


def credit_code(first_17: str) -> str:
    """An invented unified social credit code with its right check character."""
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(signs.index(sign) * pow(3, at, 31) for at, sign in enumerate(first_17))
    return first_17 + signs[(31 - total % 31) % 31]


SEPARATORS = ["", " ", "-", ".", "·", "，", "、", "/", "–", "(", ")", "\u3000", "\n", " - "]
DIGIT_FORMS = ["0123456789", "零一二三四五六七八九", "洞幺两三四五六拐八勾", "零壹贰叁肆伍陆柒捌玖",
               "０１２３４５６７８９", "⓪①②③④⑤⑥⑦⑧⑨", "⁰¹²³⁴⁵⁶⁷⁸⁹", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"]  # fmt: skip
ID = resident_id("50010119" + "900307" + "123")
OLD_ID = "500101" + "900307" + "123"


class TestMasked:
    @pytest.mark.parametrize(
        "written",
        [
            MOBILE,
            f"+86{MOBILE}",
            f"+86 {MOBILE}",
            f"86-{MOBILE}",
            "138 0000 0000",
            "138-0000-0000",
            "1380 0000 000",
            "１３８００００００００",
            "1 3 8 0 0 0 0 0 0 0 0",
            "一三八零零零零零零零零",
        ],
    )
    def test_mobile_phones(self, written: str) -> None:
        masked = mask_personal_data(f"电话{written}请回复")
        assert masked.text == "电话〔手机号〕请回复"
        assert masked.found == (PersonalDataKind.MOBILE,)

    @pytest.mark.parametrize(
        "written", ["023-6000 0000", "(010)60000000", "0755-60000000", "02360000000"]
    )
    def test_land_lines(self, written: str) -> None:
        assert mask_personal_data(f"打{written}没人接").text == "打〔电话号码〕没人接"

    @pytest.mark.parametrize("written", [ID, ID.lower(), f"{ID[:6]} {ID[6:14]} {ID[14:]}", OLD_ID])
    def test_resident_ids(self, written: str) -> None:
        masked = mask_personal_data(f"号码{written}查一下")
        assert masked.text == "号码〔身份证号〕查一下"
        assert masked.found == (PersonalDataKind.RESIDENT_ID,)

    def test_a_mistyped_resident_id_after_its_label(self) -> None:
        wrong = ID[:-1] + ("1" if ID[-1] != "1" else "2")
        assert mask_personal_data(f"身份证号：{wrong}").text == "身份证号：〔身份证号〕"

    @pytest.mark.parametrize("head", ["622200000000000", "621700000000000000"])
    def test_bank_cards(self, head: str) -> None:
        card = bank_card(head)
        spaced = " ".join(card[at : at + 4] for at in range(0, len(card), 4))
        assert mask_personal_data(f"卡号{card}").text == "卡号〔银行卡号〕"
        assert mask_personal_data(f"卡号{spaced}").text == "卡号〔银行卡号〕"

    def test_emails(self) -> None:
        assert mask_personal_data("发到zhang.san@example.com谢谢").text == "发到〔邮箱〕谢谢"

    @pytest.mark.parametrize(
        ("written", "masked"),
        [
            ("我叫张三，想问社保", "我叫〔姓名〕，想问社保"),
            ("我叫欧阳小明今年60岁", "我叫〔姓名〕今年60岁"),
            ("姓名：李四 社保断了", "姓名：〔姓名〕 社保断了"),
            ("联系人：王小二，急", "联系人：〔姓名〕，急"),
            ("我是王小二，社保断了", "我是〔姓名〕，社保断了"),
            ("姓名：阿依古丽·买买提", "姓名：〔姓名〕"),
        ],
    )
    def test_names(self, written: str, masked: str) -> None:
        assert mask_personal_data(written).text == masked

    @pytest.mark.parametrize(
        ("written", "masked"),
        [
            ("家住渝北区松牌路123号5栋2单元301室怎么办", "家住渝北区〔地址〕怎么办"),
            ("我住在幸福小区3栋2单元501，漏水", "我住在〔地址〕，漏水"),
            ("住渝北区人民路１０号", "住渝北区〔地址〕"),
        ],
    )
    def test_doors_with_the_district_left(self, written: str, masked: str) -> None:
        assert mask_personal_data(written).text == masked

    def test_every_kind_is_listed_once_in_order(self) -> None:
        masked = mask_personal_data(f"我叫张三，{MOBILE}，或{MOBILE}，{ID}")
        assert masked.found == (
            PersonalDataKind.NAME,
            PersonalDataKind.MOBILE,
            PersonalDataKind.RESIDENT_ID,
        )


class TestLeftAlone:
    @pytest.mark.parametrize(
        "text",
        [
            "国办发〔2020〕53号",
            "财税〔2018〕164号文怎么理解",
            "拨打12345或12333、12366",
            "400-800-8888",
            "补贴13800000000元",
            "金额1500000元，共3.5亿",
            "2024年12月31日前",
            "20241231",
            "邮编401120，编号123456789012",
            "A6区5号线几点开",
            "国道318号",
            "我是江西人，怎么落户",
            "我是高三学生，想问中考",
            "我是党员，单身",
            "我是退休职工，60岁",
            "我叫了救护车，能报销吗",
            "姓名变更怎么办",
            "孩子姓名怎么改",
            "联系人怎么变更",
            "5栋楼要拆迁",
            "第8号公告",
            "6222的卡丢了",
            "一三五上班，二四六休息",
        ],
    )
    def test_what_is_not_personal(self, text: str) -> None:
        masked = mask_personal_data(text)
        assert masked.text == text
        assert masked.found == ()

    def test_credit_codes(self) -> None:
        for head in ("91500000MA5U0000X", "91" + "500000" + "123456789"):
            text = f"代码{credit_code(head)}的公司"
            assert mask_personal_data(text).text == text

    def test_numbers_whose_check_digit_or_date_is_wrong(self) -> None:
        card = bank_card("622200000000000")
        wrong_card = card[:-1] + str((int(card[-1]) + 1) % 10)
        wrong_date = resident_id("50010119" + "901307" + "123")
        for text in (f"流水{wrong_card}", f"编号{wrong_date[:17]}A"):
            assert mask_personal_data(text).text == text


class TestProperties:
    @given(
        st.lists(
            st.one_of(
                st.text(max_size=6),
                st.sampled_from(
                    [
                        MOBILE,
                        ID,
                        "我叫",
                        "张三",
                        "姓名：",
                        "路",
                        "12号",
                        "栋",
                        "a@b.cn",
                        " ",
                        "-",
                        "023",
                    ]
                ),
                st.text("0123456789-+ xX我是王小明,路号栋室@.", max_size=20),
            ),
            max_size=12,
        ).map("".join)
    )
    def test_idempotent_and_bounded(self, text: str) -> None:
        masked = mask_personal_data(text)
        assert mask_personal_data(masked.text).text == masked.text
        assert len(masked.text) <= 6 * len(text)

    @pytest.mark.parametrize(
        "piece",
        [
            "1", "13", "a@", "a.", "我叫张", "姓名:", "路1号", "1栋", "买·", "一", "-1", MOBILE,
            f"{MOBILE}.", f"{MOBILE} ", "1 ", "王 ", "患者", "患者王", "身份证号", "卡号1,",
            "艾特点", "QQ", "1.1.", "京A", "王小明先生", f"{ID},", "〔手机号〕", "@a.", "①", "(1)",
            "王小明反映", "反映", "联系王", "我儿子", "我儿子王", "1O", "l", "3-2-", "住3-",
            "138****5678", "社保卡号A", "车牌号1", "1……", "1横", "姓王叫", "李大爷", "的电话",
            "13812345678王", "京A 1 ",
        ],
    )  # fmt: skip
    def test_a_hostile_text_costs_linear_time(self, piece: str) -> None:
        short, long = 1_000, 10_000
        mask_personal_data(piece * 20)
        spent = [
            min(self._seconds((piece * characters)[:characters]) for _ in range(3))
            for characters in (short, long)
        ]
        # A quadratic one takes a hundred times as long; the constant is the clock's grain.
        assert spent[1] < 40 * spent[0] + 0.05

    def test_the_work_for_a_run_of_digits_is_bounded_by_its_groups(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looked: list[int] = []
        original = numbers._kind
        monkeypatch.setattr(
            numbers, "_kind", lambda *given: (looked.append(1), original(*given))[1]
        )
        counts = []
        for groups in (100, 1_000):
            looked.clear()
            mask_personal_data("7 " * groups)
            counts.append(len(looked))
        assert counts[1] <= 15 * counts[0]

    def _seconds(self, text: str) -> float:
        started = time.perf_counter()
        mask_personal_data(text)
        return time.perf_counter() - started

    @given(
        st.lists(st.sampled_from(SEPARATORS), min_size=2, max_size=2),
        st.integers(0, 99_999_999),
        st.sampled_from(DIGIT_FORMS),
        st.sampled_from(["电话", "我的", "", "请打", "（", "手机号是"]),
    )
    def test_no_way_of_writing_a_mobile_number_leaves_a_digit(
        self, between: list[str], digits: int, form: str, before: str
    ) -> None:
        number = f"13{digits % 10}{digits:08d}"
        written = between[0].join((number[:3], number[3:7])) + between[1] + number[7:]
        spoken = "".join(form[int(one)] if one.isdigit() else one for one in written)
        masked = mask_personal_data(f"{before}{spoken}怎么办").text
        assert spoken not in masked
        assert not any(sign in masked for sign in form)

    def test_every_kind_has_a_readable_marker(self) -> None:
        assert set(MARKERS) == set(PersonalDataKind)

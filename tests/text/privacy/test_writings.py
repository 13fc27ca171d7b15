"""Personal data in the ways in which people write and speech recognition hears it."""

import json
from pathlib import Path

import pytest

from qa_service.text.privacy.kinds import PersonalDataKind
from qa_service.text.privacy.masking import mask_personal_data

CORPUS = Path(__file__).parents[3] / "corpus"

WRITINGS = {
    PersonalDataKind.MOBILE: """
        (136)00001234
        136.0000.1234
        136·0000·1234
        136，0000，1234
        136、0000、1234
        136/0000/1234
        136 – 0000 – 1234
        136　0000　1234
        1360000 1234
        1360 0001 234
        13600001234元旦前回电
        13600001234%
        013600001234
        8613600001234
        +86（136）0000-1234
        0086-136-0000-1234
        ①③⑥⓪⓪⓪⓪①②③④
        ❶❸❻⓿⓿⓿⓿❶❷❸❹
        𝟏𝟑𝟔𝟎𝟎𝟎𝟎𝟏𝟐𝟑𝟒
        ¹³⁶⁰⁰⁰⁰¹²³⁴
        １３６－００００－１２３４
        幺三六 洞洞洞洞 幺二三四
        幺三六，零零零零，幺二三四
        腰三六洞洞洞洞腰两三四
        壹叁陆零零零零壹贰叁肆
        1三六0000一二三4
        1-3-6-0-0-0-0-1-2-3-4
        1、3、6、0、0、0、0、1、2、3、4
        1️⃣3️⃣6️⃣0️⃣0️⃣0️⃣0️⃣1️⃣2️⃣3️⃣4️⃣
        1360\u200b0001234
        电话136 00 00 12 34
    """,
    PersonalDataKind.LANDLINE: """
        023-6000 1234
        023.6000.1234
        （023）60001234转801
        +86 23 6000 1234
        零二三六零零零一二三四
        座机60001234
        家里电话6000-1234
        固话是 6700123
    """,
    PersonalDataKind.RESIDENT_ID: """
        500101.19900307.1238
        500101 1990 0307 1238
        身份证500101199003071230
        证件号：500101199003071231
        身份证号五零零一零一一九九零零三零七一二三零
        五零零一零一一九九零零三零七一二三八
        身份证伍零零壹零壹壹玖玖零零叁零柒壹贰叁零
        身份证50010119900307123
        证件号码5001011990030712301
        500101 19900307 123X
        我的身份证500101199003071230电话
        ID：500101-19900307-1230
    """,
    PersonalDataKind.BANK_CARD: """
        卡号6222020000000001
        账号是 6222 0200 0000 0001 234
        银行卡六二二二零二零零零零零零零零零一
        存折号：0123456789012
        工资卡6217-0000-0000-0000-123
    """,
    PersonalDataKind.DOCUMENT: """
        护照E00001234
        护照号码是EA1000123
        港澳通行证C00001234
        回乡证H12300012
        军官证军字第1230001号
        军官证号南字第12300012
        士兵证：某字第1230001号
        准考证号202600001234
        残疾人证号50010119900307123044
    """,
    PersonalDataKind.PLATE: """
        京A00123
        粤BD00123
        渝A·D0123
        渝 牌照渝A0123学
        川a0012b
    """,
    PersonalDataKind.ACCOUNT: """
        微信abc00123
        微信号：zhang_san00
        加微信zs-2026-q
        QQ 100001234
        qq号是10000123
        v信同号abcdef1
    """,
    PersonalDataKind.INSURANCE: """
        社保号50010000123456
        社会保障号码：000123456789
        医保编号000123456789
    """,
    PersonalDataKind.MEDICAL: """
        病历号00012345
        住院号ZY0001234
        门诊号：20260001
    """,
    PersonalDataKind.DEVICE: """
        IMEI 860000000000123
        串号：860000000000123
    """,
    PersonalDataKind.EMAIL: """
        zhang.san @ example . com
        zhangsan艾特example点com
        zhangsan@例子.中国
        张三@例子.公司
        zs@example.com。
        ＺＳ＠ＥＸＡＭＰＬＥ．ＣＯＭ
    """,
    PersonalDataKind.NAME: """
        王小明先生想问低保
        患者王小明
        我爸王建国去年退休
        孩子叫王子轩
        学生李思远
        户主张大山
        本人陈志远
        王 小 明
        我叫仉督秀英
        我是欧阳小明，问社保
        欧阳娜娜女士
        患者阿依古丽·买买提
        我叫阿依古丽
        扎西多吉·次仁
        王建国，男，65岁
        联系人王小明
        我叫王 小 明
        业主刘海丽
        姓名：王小明
        王小明13600001234
    """,
    PersonalDataKind.ADDRESS: """
        幸福里小区3-2-501
        人民路12号
        3号楼2单元501室
        幸福苑12栋3-4
        红旗村3组25号
    """,
}

ORDINARY = """
    何时发放高龄津贴|高龄老人怎么申请|安排工作单位|马上毕业的学生怎么办|方便的话请告知|常住人口怎么算
    时间多久|于是我去了社区|国办发〔2020〕53号第12条|拨打12345或12333、12366|拨打110、120、119
    补贴1500、3000、5000元三档|第1、3、5、7、9、10、11、12条|18-60岁，缴费15年|2024-01-15至2024-12-31
    学生安全问题谁负责|学生于是休学了|孩子成绩不好能转学吗|患者高血压能报销吗|我爸高血压住院|老人高龄补贴
    本人单位没有缴社保|本人常住本区|居民马上搬迁|职工任职期间生育|员工时间安排|业主任何时候都能投票吗
    老公安排去外地|老板万一不发工资|我是江西人|我是高中毕业生|我叫不方便透露，是本区居民|孩子叫什么都可以上户口吗
    我家小孩时常生病|孩子和老人的医保|我妈经常住院|儿子应该上哪所小学|女儿明年上学|申请人应当提交材料
    申请人需年满60周岁|联系人需要填写吗|姓名和身份证号不一致怎么改|身份证号码错了怎么办|卡号忘了怎么办
    护照办理要多久|军官证能不能买票|微信公众号怎么绑定|微信12345小程序|医保卡里有3000.50元|余额12345678元
    生产总值13,912,345,678元|渝府发〔2023〕12号|豫A牌照能进城吗|《就业促进法》第二十三条|三孩政策，二孩证
    一三五上班，二四六休息|400-800-8888|023-12345|95598|2024年1月1日起|20240101|2024.01.01|1.5万元每年
    3-5个工作日|80-89岁100元，90-99岁200元|电话：12345|小区3年没有物业|小区2栋楼|3号楼加装电梯怎么申请
    人民路地铁站|5号线|国道318号|统一社会信用代码怎么查|老师评职称|张老师|王先生|李女士|班主任津贴
    退役军人安置办法|配偶方未缴|住院号是什么|单身女士能买房吗|老同志补贴|金融专业老师|农民工周末上学
    邻居装修扰民|朋友结婚|爱人在外地|宝宝出生后多久落户|患者白内障手术|当事人双方|法人变更|户主变更
    考生须知|老人康复|员工全部参保|租客押金|业主解除合同|医保·社保|我是向阳小区的|400平方米|10.139.12.34
    老公司认缴期限太长|和村民谈土地流转|要求员工戴口罩|增强居民幸福感|老居民区没有监控
"""


def listed(block: str) -> list[str]:
    return [line.strip() for line in block.splitlines() if line.strip()]


TABLE = [(kind, said) for kind, block in WRITINGS.items() for said in listed(block)]


def test_the_table_is_long_enough() -> None:
    assert len(TABLE) >= 90
    assert set(WRITINGS) == set(PersonalDataKind)


@pytest.mark.parametrize(("kind", "said"), TABLE)
def test_what_people_write_is_masked(kind: PersonalDataKind, said: str) -> None:
    masked = mask_personal_data(f"请问，{said}，怎么办")
    assert kind in masked.found
    assert said not in masked.text
    assert mask_personal_data(str(masked.text)).text == masked.text


@pytest.mark.parametrize("before", ["", "请问", "找", "，"])
@pytest.mark.parametrize("name", ["王建国", "王九洲", "王九龙"])
def test_a_given_name_that_is_a_word_does_not_hide_the_name(before: str, name: str) -> None:
    assert mask_personal_data(f"{before}{name}老师在吗").text == f"{before}〔姓名〕老师在吗"


def test_nothing_is_left_of_a_number() -> None:
    numbers = (PersonalDataKind.MOBILE, PersonalDataKind.RESIDENT_ID, PersonalDataKind.BANK_CARD)
    for kind in numbers:
        for said in listed(WRITINGS[kind]):
            left = mask_personal_data(said).text
            assert sum(sign.isdigit() or sign in "零幺洞" for sign in left) < 5, left


def test_ordinary_questions_stay_as_they_are() -> None:
    ordinary = [said for line in listed(ORDINARY) for said in line.split("|")]
    assert len(ordinary) > 100
    assert [said for said in ordinary if mask_personal_data(said).found] == []


def test_the_bank_itself_holds_nothing_that_is_taken_for_personal_data() -> None:
    texts = []
    for name in ("qa_pairs", "policies", "matters"):
        for line in (CORPUS / f"{name}.jsonl").read_text("utf-8").splitlines():
            texts += strings_of(json.loads(line))
    assert len(texts) > 1_000
    assert [text for text in texts if mask_personal_data(text).found] == []


def strings_of(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for one in value.values() for text in strings_of(one)]
    if isinstance(value, list):
        return [text for one in value for text in strings_of(one)]
    return []

"""What a question is about as a whole: a pair about something near it does not answer it."""

import time
from collections.abc import Callable

import pytest

from qa_service.text.matching_form import matching_form
from qa_service.text.whole_questions.cards import other_card
from qa_service.text.whole_questions.conditions import added_condition
from qa_service.text.whole_questions.either_or import undecided_choice
from qa_service.text.whole_questions.groups import other_group
from qa_service.text.whole_questions.homes import other_home
from qa_service.text.whole_questions.offices import other_office
from qa_service.text.whole_questions.qualifiers import missing_qualifier
from qa_service.text.whole_questions.relatives import other_relative
from qa_service.text.whole_questions.time_limits import other_time_limit

Find = Callable[..., str | None]


def found(find: Find, asked: str, *stored: str) -> str | None:
    return find(matching_form(asked), *map(matching_form, stored))


@pytest.mark.parametrize(
    ("find", "asked", "wording", "standard"),
    [
        (
            undecided_choice,
            "产假158天还是98天",
            "98天产假包括周末吗",
            "产假天数包括周末和法定节假日吗？",
        ),
        (
            undecided_choice,
            "灵活就业交职工医保还是居民医保",
            "灵活就业 交职工医保",
            "灵活就业人员怎么参加职工医保？",
        ),
        (
            other_group,
            "普通老人能住敬老院吗",
            "公立敬老院床位先给谁",
            "哪些老人可以优先住公办养老院？",
        ),
        (
            other_group,
            "一般学生能领生活补助吗",
            "困难学生生活补助",
            "小学、初中的困难学生能领生活补助吗？",
        ),
        (
            other_group,
            "租房补贴怎么申请",
            "低保住房救助怎么申请",
            "困难家庭怎么申请住房救助？",
        ),
        (other_card, "社保卡余额怎么查", "医保卡余额怎么查", "医保个人账户余额怎么查询？"),
        (other_card, "公交卡里还剩多少钱", "医保卡剩多少在哪瞅", "医保个人账户余额怎么查询？"),
        (
            other_home,
            "二套房贷利息个税扣除多少",
            "房贷利息个税每月扣除额",
            "房贷利息的个税专项附加扣除每月能扣多少？",
        ),
        (other_home, "二套房契税多少", "首套房契税", "购买家庭唯一住房，契税按多少缴纳？"),
        (other_home, "首套房契税多少", "二套房契税几个点", "购买家庭第二套住房，契税按多少缴纳？"),
        (
            other_time_limit,
            "法人变更要多久",
            "法人变更 搬迁 办理期限 几天",
            "公司地址、法定代表人变了，多久内要办变更登记？",
        ),
        (
            other_time_limit,
            "施工许可证几天能办下来",
            "施工许可证 有效期",
            "领了施工许可证多久之内必须开工？",
        ),
        (
            other_time_limit,
            "公司注销要多久",
            "公司注销登公告要等多少天",
            "公司注销前，债权人公告要满多少天？",
        ),
        (
            other_time_limit,
            "裁决下来不服，几天内上法院",
            "仲裁要拖好久才下裁决",
            "劳动仲裁从申请到出裁决要多久？",
        ),
        (
            added_condition,
            "产假工资谁发",
            "没上社保，产假工资该谁发",
            "单位没给交生育保险，产假工资由谁出？",
        ),
        (
            added_condition,
            "医保个人交多少比例",
            "给公婆交居民的医保要多少",
            "居民医保个人缴费标准是每人每年多少钱？",
        ),
        (
            added_condition,
            "医保门诊能报多少",
            "普通门诊报多少",
            "居民医保看普通门诊能报销多少？",
        ),
        (other_office, "公证处能开单身证明吗", "单身证明 哪里开", "民政局还能开单身证明吗？"),
        (other_office, "请问派出所可以办居住证吗", "居住证怎么办", "居住证在哪里办？"),
        (missing_qualifier, "分公司注销要什么材料", "公司注销材料", "公司走普通注销要交什么材料？"),
        (
            missing_qualifier,
            "斗殴受伤医保报吗",
            "自己摔的医保报不",
            "不小心摔伤住院，医保能报销吗？",
        ),
    ],
)
def test_another_matter_of_like_words_conflicts(
    find: Find, asked: str, wording: str, standard: str
) -> None:
    assert found(find, asked, wording, standard) is not None


@pytest.mark.parametrize(
    ("find", "asked", "standard"),
    [
        (undecided_choice, "产假158天还是98天", "女职工生孩子法定产假有多少天？"),
        (undecided_choice, "失业金在参保地领还是回户籍地领", "失业金在参保地领还是回户籍地领？"),
        (undecided_choice, "城乡居民医保还是要交吗", "居民医保怎么交？"),
        (undecided_choice, "卖房个税按20%还是1%", "卖二手房的个人所得税怎么算？"),
        (
            other_group,
            "家里条件一般的老人，是不是没法住公办养老院",
            "哪些老人可以优先住公办养老院？",
        ),
        (other_group, "普通老人能优先住敬老院吗", "哪些老人可以优先住公办养老院？"),
        (other_group, "一般纳税人怎么登记", "小微企业怎么登记？"),
        (other_group, "边缘户租不起，租房补贴去哪申请", "困难家庭怎么申请住房救助？"),
        (other_card, "社保卡里看病的钱还剩多少", "医保个人账户余额怎么查询？"),
        (other_card, "社保卡余额怎么查", "社保卡余额怎么查询？"),
        (other_home, "家里两套房但没收入，低保怎么办", "家里有车有房，还能申请低保吗？"),
        (other_home, "自住的第二套房，房产税有没有", "自己住的房子要交房产税吗？"),
        (other_home, "第三套房契税交百分之几", "不享受住房优惠时，本地契税税率是多少？"),
        (other_home, "二套房契税几个点", "购买家庭第二套住房，契税按多少缴纳？"),
        (other_time_limit, "变更几天内办", "公司地址变了，多久内要办变更登记？"),
        (other_time_limit, "工伤认定要多久", "工伤认定申请后，多久出结果？"),
        (other_time_limit, "材料递了，几天内必须给办完", "医保手工报销申请后，多久能办完？"),
        (other_time_limit, "债权人公告要多久", "公司注销前，债权人公告要满多少天？"),
        (other_time_limit, "工伤认定最晚多久内要申请", "工伤认定要在多久内提出申请？"),
        (added_condition, "公司没交社保，产假工资谁发", "单位没给交生育保险，产假工资由谁出？"),
        (added_condition, "农村医保一年交多少", "居民医保个人缴费标准是每人每年多少钱？"),
        (added_condition, "医保断缴怎么补", "医保断缴了还能补吗？"),
        (other_office, "民政局能开单身证明吗", "民政局还能开单身证明吗？"),
        (other_office, "派出所让我去社区开证明，怎么开", "居住证明在哪里开？"),
        (other_relative, "女婿要养老丈人吗", "儿媳、女婿对公婆、岳父母有赡养义务吗？"),
        (other_relative, "儿子不给赡养费怎么办", "子女不给老人赡养费，老人怎么维权？"),
        (missing_qualifier, "分公司要不要单独报税", "分公司怎么报税？"),
        (
            missing_qualifier,
            "我爸以前在工地做过临时工，后来又做保安，养老金怎么算",
            "养老金怎么计算？",
        ),
    ],
)
def test_the_same_matter_does_not(find: Find, asked: str, standard: str) -> None:
    assert found(find, asked, standard, standard) is None


@pytest.mark.parametrize(
    "find",
    [
        undecided_choice,
        other_group,
        other_card,
        other_home,
        other_time_limit,
        added_condition,
        other_office,
        missing_qualifier,
        other_relative,
    ],
)
@pytest.mark.parametrize("piece", ["8天还是", "普通家庭", "社保卡里", "2套", "几天才就", "1.1"])
def test_a_hostile_text_costs_linear_time(find: Find, piece: str) -> None:
    started = time.perf_counter()
    find(piece * (16_000 // len(piece)), "首套多久内", "居民医保优先，第二套最晚多久内住房救助")
    assert time.perf_counter() - started < 5

"""Words that make two questions different, and those that must not."""

import pickle
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.text.guards.compare import (
    GuardComparison,
    GuardKind,
    compare_guards,
    extract_guards,
)
from qa_service.text.normalise import normalise


def compared(asked: str, stored: str) -> GuardComparison:
    return compare_guards(extract_guards(normalise(asked)), extract_guards(normalise(stored)))


class TestConflicts:
    @pytest.mark.parametrize(
        ("kind", "asked", "stored"),
        [
            ("否定", "不能领失业金怎么处理", "怎么领失业金"),
            ("否定", "没有社保可以落户吗", "有社保可以落户吗"),
            ("否定", "定向捐赠如何处理", "非定向捐赠如何处理"),
            ("金额", "补贴一万元给谁", "补贴5000元给谁"),
            ("金额", "贷款5万利息", "贷款10万利息"),
            ("工作日数", "五个工作日办结", "10个工作日办结"),
            ("天数", "婚假15天", "婚假三天"),
            ("比例", "报销百分之五十", "报销70%"),
            ("文件编号", "8号公告怎么申报", "9号公告怎么申报"),
            ("文号", "国办发〔2020〕53号讲什么", "国办发〔2021〕53号讲什么"),
            ("年龄", "58岁能参保吗", "60岁以上能参保吗"),
            ("年龄", "65岁以上能领吗", "60岁以上能领吗"),
            ("年龄", "不满60岁能领吗", "60岁能领吗"),
            ("年龄", "没到60岁能领吗", "60岁能领吗"),
            ("年龄", "超过60岁能领吗", "60岁能领吗"),
            ("年龄", "60岁以下能办老年卡吗", "60岁能办老年卡吗"),
            ("金额", "月销售额10万以下要交税吗", "月销售额10万要交税吗"),
            ("金额", "年收入12万以上要汇算吗", "年收入12万以下要汇算吗"),
            ("面积", "90平方米及以下契税多少", "90平方米契税多少"),
            ("年限", "养老保险缴不满15年能领吗", "养老保险缴15年能领吗"),
            ("年限", "没满15年能领吗", "缴满15年能领吗"),
            ("年限", "缴费一年半能领吗", "缴费一年能领吗"),
            ("日期", "每月5号前报税吗", "每月15号前报税吗"),
            ("哪天", "办事大厅周六开门吗", "办事大厅周日开门吗"),
            ("哪天", "星期三能办吗", "双休日能办吗"),
            ("哪天", "办税厅中午有人吗", "办税厅节假日有人吗"),
            ("公司层级", "分公司怎么注销", "子公司怎么注销"),
            ("公司层级", "总公司要交税吗", "分公司要交税吗"),
            ("说法", "分公司怎么注销", "公司怎么注销"),
            ("说法", "养老院怎么申请", "养老金怎么申请"),
            ("年份", "2023年缴费标准", "二〇二四年缴费标准"),
            ("月份", "2月份开学吗", "3月份开学吗"),
            ("级别", "一级残疾补贴", "二级残疾补贴"),
            ("类别", "A类通行证", "B类通行证"),
            ("孩次", "生二孩有补贴吗", "生三孩有补贴吗"),
            ("学段", "初中学位怎么分", "高中学位怎么分"),
            ("科目", "科目二怎么预约", "科目三怎么预约"),
            ("准驾车型", "c1驾照年审", "a2驾照年审"),
            ("地区", "江津区社保局在哪", "渝北区社保局在哪"),
            ("城市", "广州落户", "深圳落户"),
            ("城市", "成都医保定点医院有哪些", "绵阳医保定点医院有哪些"),
            ("城市", "成都推广安装充电桩吗", "南充推广安装充电桩吗"),
            ("省份", "国内江苏怎么参保", "国内江西怎么参保"),
            ("省份", "拉萨市税务局", "湖北省税务局"),
            ("地域关系", "本地户口入学", "外地户口入学"),
            ("跨省与否", "省内异地就医", "跨省异地就医"),
            ("层级", "省级补贴", "市级补贴"),
            ("参保身份", "职工医保怎么报销", "城乡居民医保怎么报销"),
            ("参保身份", "灵活就业交养老", "企业职工交养老"),
            ("主体", "个体户怎么办执照", "企业怎么办执照"),
            ("人群", "退役军人创业", "残疾人创业"),
            ("户籍性质", "城镇户口低保", "农村户口低保"),
            ("性别", "女职工退休年龄", "男职工退休年龄"),
            ("参保方向", "怎么参保", "怎么退保"),
            ("转移方向", "养老保险转入", "养老保险转出"),
            ("证照办理", "营业执照怎么申请", "营业执照怎么注销"),
            ("证照办理", "新办身份证", "身份证补办"),
            ("场所", "药店要办卫生许可证吗", "开理发店、美容店要办卫生许可证吗"),
            ("学段", "高中国家奖学金一年多少钱", "大学生国家奖学金一年多少钱"),
            ("证照办理", "社保卡怎么补办", "社保卡怎么挂失"),
            ("缴退", "怎么缴费", "怎么退费"),
            ("挂失与解挂", "社保卡挂失", "社保卡解挂"),
            ("发放", "领取养老金", "停发养老金"),
            ("开与关", "开通医保账户", "关闭医保账户"),
            ("升降", "基数上调", "基数下调"),
            ("险种", "工伤保险怎么交", "失业保险怎么交"),
            ("税费", "增值税怎么报", "个税怎么报"),
            ("待遇", "高龄津贴", "护理补贴"),
            ("待遇", "国家奖学金要什么条件", "国家励志奖学金要什么条件"),
            ("待遇", "研究生学业奖学金多少钱", "研究生国奖多少钱"),
            ("待遇", "国家助学金怎么申请", "助学贷款怎么申请"),
            ("待遇", "生育补贴怎么申请", "育儿补贴怎么申请"),
            ("待遇", "租房补贴怎么申请", "公租房怎么申请"),
            ("待遇", "技能提升补贴多少钱", "职业培训补贴多少钱"),
            ("失业待遇", "失业补助金领几个月", "失业金领几个月"),
            ("优待证", "退役军人优待证怎么办", "老年人优待证怎么办"),
            ("许可证", "食品生产许可证有效期", "食品经营许可证有效期"),
            ("场所", "食品小作坊要许可证吗", "小饭店要许可证吗"),
            ("问的方面", "国家奖学金名额有多少", "国家奖学金多少钱"),
            ("问的方面", "补贴的有效期是多久", "补贴的联系电话是多少"),
        ],
    )
    def test_values_of_one_kind_that_differ(self, kind: str, asked: str, stored: str) -> None:
        for one, other in ((asked, stored), (stored, asked)):
            conflicts = compared(one, other).conflicts
            assert any(text.startswith(f"{kind}不同") for text in conflicts), conflicts

    def test_the_message_names_both_sides(self) -> None:
        assert compared("江津区社保", "渝北区社保").conflicts == (
            "地区不同：问的是江津区，库中是渝北区",
        )


class TestWarnings:
    def test_are_conflicts_that_mostly_mean_another_matter(self) -> None:
        found = compared("增值税怎么报", "个税怎么报")
        assert found.warnings == found.conflicts != ()

    def test_are_no_conflicts_that_rarely_do(self) -> None:
        found = compared("缴费15年能领养老金吗", "缴费20年能领养老金吗")
        assert found.conflicts != ()
        assert found.warnings == ()

    def test_are_no_values_that_one_side_alone_names(self) -> None:
        found = compared("退休人员的补贴怎么领", "补贴怎么领")
        assert found.unconfirmed != ()
        assert found.warnings == ()


class TestNoConflicts:
    @pytest.mark.parametrize(
        ("asked", "stored"),
        [
            ("能不能领失业金", "可以领失业金吗"),
            ("有没有育儿补贴", "育儿补贴有吗"),
            ("是不是可以退税", "可以退税吗"),
            ("允许不允许补课", "允许补课吗"),
            ("要不要交增值税", "不用交增值税吗"),
            ("不知道怎么交社保", "怎么交社保"),
            ("不动产登记在哪", "不动产登记地点"),
            ("没身份证的小孩怎么坐高铁", "小孩没有身份证可以坐高铁吗"),
            ("65岁能领吗", "60岁以上能领吗"),
            ("周末办事大厅开门吗", "周六办事大厅开门吗"),
            ("双休日能办吗", "星期天能办吗"),
            ("周一到周五上班吗", "工作日上班吗"),
            ("5个工作日能批吗", "周末能批吗"),
            ("我儿子公司怎么注销", "公司怎么注销"),
            ("敬老院怎么申请", "养老院怎么申请"),
            ("满60岁能领吗", "60岁怎么领"),
            ("60岁以上能领吗", "60岁能领吗"),
            ("58岁能领吗", "60岁以下能领吗"),
            ("月销售额10万以下免税吗", "月销售额10万元以下免税吗"),
            ("缴满15年能领吗", "缴15年能领吗"),
            ("一年之内能申请几次", "一年能申请几次"),
            ("两岁能休育儿假吗", "满3周岁前能休育儿假吗"),
            ("补贴1万元", "补贴10000元"),
            ("三胎补贴", "第三个孩子补贴"),
            ("国办发[2020]53号", "国办发〔2020〕53号"),
            ("2019年成立的公司", "2024年6月30日前成立的公司"),
            ("江津养老金", "重庆养老金"),
            ("企业能申请吗", "小微企业能申请吗"),
            ("奖学金怎么申请", "国家励志奖学金怎么申请"),
            ("优待证怎么办", "老年人优待证怎么办"),
            ("新农合怎么交", "城乡居民医保怎么交"),
            ("社保怎么交", "医保怎么交"),
            ("申请注销执照", "注销执照"),
            ("子女教育扣除", "女儿上学扣除"),
            ("企业所得税", "公司的企业所得税"),
            ("失业金怎么领", "领失业金要什么材料"),
            ("居民身份证补办", "身份证丢了"),
            ("离校未就业毕业生补贴", "灵活就业毕业生补贴"),
        ],
    )
    def test_paraphrases_and_compatible_values(self, asked: str, stored: str) -> None:
        assert compared(asked, stored).conflicts == ()
        assert compared(stored, asked).conflicts == ()

    def test_a_value_shared_among_several_is_enough(self) -> None:
        assert compared("职工医保和居民医保能同时报吗", "居民医保怎么报").conflicts == ()

    def test_a_long_text_denies_nothing_as_a_whole(self) -> None:
        story = "我去了好几个窗口都没有办成落户，" * 5
        assert compared(story, "怎么办成落户").conflicts == ()

    @given(st.text("不没有能领三级岁元年12月企业男女江津区?,", max_size=40))
    def test_a_text_never_conflicts_with_itself(self, text: str) -> None:
        assert compared(text, text).conflicts == ()


class TestUnconfirmed:
    @pytest.mark.parametrize(
        ("asked", "stored", "about"),
        [
            ("个体户能贷款吗", "能贷款吗", "主体待核：问的是个体工商户"),
            ("能贷款吗", "个体户能贷款吗", "主体待核：库中是个体工商户"),
            ("企业能申请吗", "小微企业能申请吗", "主体范围不一"),
            ("江津区养老金", "养老金", "地区待核：问的是江津区"),
            ("没有房子可以吗", "租客可以吗", "否定待核"),
        ],
    )
    def test_one_side_is_silent_or_wider(self, asked: str, stored: str, about: str) -> None:
        comparison = compared(asked, stored)
        assert comparison.conflicts == ()
        assert any(text.startswith(about) for text in comparison.unconfirmed)

    def test_a_day_that_one_side_alone_names_needs_no_confirmation(self) -> None:
        assert compared("周六去领证要带什么", "领证要带什么").unconfirmed == ()

    @pytest.mark.parametrize(
        ("asked", "stored"),
        [
            ("见习补贴每月能拿多少", "见习补贴一个月给多少"),
            ("租房抵税能抵多少", "租房抵税多少钱一个月"),
            ("滞纳金一天万分之几", "滞纳金万分之几"),
        ],
    )
    def test_a_time_for_which_an_amount_is_asked_is_no_span(self, asked: str, stored: str) -> None:
        for one, other in ((asked, stored), (stored, asked)):
            spans = ("月数", "天数", "年限")
            assert not [text for text in compared(one, other).unconfirmed if text[:2] in spans]

    def test_a_span_before_an_amount_is_one(self) -> None:
        assert compared("断缴一个月能报多少", "断缴能报多少").unconfirmed != ()

    def test_somebody_without_children_is_of_no_sex(self) -> None:
        found = compared("老人能住敬老院吗", "没儿没女的老人能住敬老院吗")
        assert [text for text in found.unconfirmed if "性别" in text] == []

    def test_equal_texts_leave_nothing_open(self) -> None:
        text = "江津区个体户2024年怎么缴纳养老保险"
        assert compared(text, text) == GuardComparison()

    def test_an_implied_province_needs_no_confirmation(self) -> None:
        about = compared("成都怎么落户", "怎么落户").unconfirmed
        assert [text for text in about if "省份" in text] == []

    def test_guards_read_back_from_a_copy_meet_those_in_use(self) -> None:
        kept = extract_guards(normalise("江津区个体户2024年怎么缴纳养老保险"))
        copy = pickle.loads(pickle.dumps(kept))  # noqa: S301 (made a line above)
        assert compare_guards(copy, kept) == GuardComparison()


class TestExtraction:
    def test_kinds_are_told_apart(self) -> None:
        guards = extract_guards(normalise("江津区60岁残疾人2024年领取养老金5000元"))
        assert guards.of_kind(GuardKind.PLACE) == ("江津区",)
        assert guards.of_kind(GuardKind.AGE) == ("60岁",)
        assert guards.of_kind(GuardKind.PARTY) == ("残疾人",)
        assert guards.of_kind(GuardKind.DATE) == ("2024年",)
        assert guards.of_kind(GuardKind.NUMBER) == ("5000元",)

    @pytest.mark.parametrize("text", ["社区", "小区", "城市", "超市", "全县", "开发区", "北京路"])
    def test_common_words_are_no_places(self, text: str) -> None:
        assert extract_guards(text).of_kind(GuardKind.PLACE) == ()

    @given(st.text(max_size=80))
    def test_never_raises(self, text: str) -> None:
        extract_guards(normalise(text))

    @pytest.mark.parametrize(
        "piece", ["1", "1-", "一二", "不", "没有能", "江", "12月", "3万", "以上", "能不"]
    )
    def test_a_hostile_text_costs_linear_time(self, piece: str) -> None:
        extract_guards(piece)
        started = time.perf_counter()
        extract_guards(piece * 20_000)
        assert time.perf_counter() - started < 5

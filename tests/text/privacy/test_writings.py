"""Personal data in the ways in which people write and speech recognition hears it."""

import json
import re
from pathlib import Path

import pytest

from qa_service.text.privacy.digits import holds_long_number
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
        136O0001234
        136〇OOO1234
        l36OOOO1234
        1 3 6 O 0 0 0 1 2 3 4
        136-OO00-l234
        +86 136O0001234
        136……0000……1234
        1 3 6 - 0 0 0 0 - 1 2 3 4
        136！0000！1234
        136“0000”1234
        136→0000→1234
        136【0000】1234
        136@0000@1234
        136横0000横1234
        136杠0000杠1234
        00860136 0000 1234
        136000012 34
        13 600001234
        幺三六四个零幺二三四
        电话幺三六，四个零，幺二三四
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
        区号023号码60001234
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
        500101199OO3O71238
        50010119900307l238
    """,
    PersonalDataKind.BANK_CARD: """
        卡号6222020000000001
        账号是 6222 0200 0000 0001 234
        银行卡六二二二零二零零零零零零零零零一
        存折号：0123456789012
        工资卡6217-0000-0000-0000-123
        卡：6217000000000000123
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
        护照号：E 0000 1234
        港澳通行证 C 0000 1234
        外国人永久居留证CHN500190030712
        永居证号911500199003071238
        结婚证字号J500101-2020-001234
        出生证编号T500123456
        驾照档案编号500012345678
    """,
    PersonalDataKind.PLATE: """
        京A00123
        粤BD00123
        渝A·D0123
        渝 牌照渝A0123学
        川a0012b
        渝a 0 0 1 2 3
        车牌号：渝 A 00123
        车牌号00123
        牌照A00123
        渝-A-00123
        沪牌A00123
    """,
    PersonalDataKind.ACCOUNT: """
        微信abc00123
        微信号：zhang_san00
        加微信zs-2026-q
        QQ 100001234
        qq号是10000123
        v信同号abcdef1
        Q Q 100001234
        支付宝账号zhang.san00@163
    """,
    PersonalDataKind.INSURANCE: """
        社保号50010000123456
        社会保障号码：000123456789
        医保编号000123456789
        社保卡号A00001234
        医保卡号000001234
        医保卡号：A123
        社会保障卡卡号 A12345678
        社保卡号000000001
    """,
    PersonalDataKind.MEDICAL: """
        病历号00012345
        住院号ZY0001234
        门诊号：20260001
        病历号1234
        就诊卡号00012
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
        zs00(at)qq(dot)com
        zhangsan#qq.com
        zhangsan(a)qq.com
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
        我儿子王小明
        我二姨冯玉兰
        他家老人陆阿宝
        接到彭丽华投诉
        据彭丽华反映
        电联杜小兵
        13600001234 机主彭丽华
        彭丽华的联系电话：13600001234
        叫我彭丽华
        家属王桂兰
        我爷爷陈志远今年80岁
        我婆婆赵淑芬
        我儿媳妇李秀兰办生育津贴
        我侄子王磊要上学
        我丈母娘孙玉芬
        老伴陈淑珍住院
        我爸叫王建国
        来电人王桂兰
        群众王建国反映
        李大红反映
        王建国来电咨询低保
        赵敏投诉
        刘海丽求助
        欧阳小明反映
        名字王小明
        姓王，叫小明
        我姓王名小明
        联系张小红
        找张小红
        已电话联系王小明
        已回访李大红，其表示满意
        李大爷
        张大妈来电
        13600001234 王小明
        13600001234（王小明）
        王小明 13600001234
        王小明的手机是13600001234
        联系张小红13600001234
        136****1234 王小明
        王小明136****1234
        〔手机号〕王小明
        王小明〔电话号码〕
        患儿冯小宝
        亡父冯大山
        我干妈冯秀英
        我徒弟冯大力
        村支书冯大力
        网格员冯大力
        班主任冯秀兰
        包工头冯大力跑了
        社区主任冯大力态度差
        代理人冯大力律师
        曾用名冯小二
        我是冯秀英的女儿
        姓名：ZHANG Xiaoming
        帕尔哈提的低保
        古丽娜尔
    """,
    PersonalDataKind.ADDRESS: """
        幸福里小区3-2-501
        人民路12号
        3号楼2单元501室
        幸福苑12栋3-4
        红旗村3组25号
        我家住3-2-501
        家住8栋1203
        黄山路99弄5号602
        住阳光家园二期8栋1203
        3-2-501
        住在12-3
        幸福苑A区12-3
        3#楼2单元501
        幸福小区3单元501
        三栋二单元五零一
        门牌号12之3
        住5单元602
        我住6楼602
    """,
}

ORDINARY = """
    应向何部门举报|可向何机构投诉|应通知何单位|向何机关反映|报名费 退
    护工费医保能报不|派出所让找卫健|银保监投诉多少天回|认定我是管理岗|家属慰问金多少|借亲戚钱买房的利息|搵边个师傅鉴定|去边度睇律师
    离异后孩子易姓需对方签字吗|我市高寿老人津贴多少|跟员工谈妥再报停业|本人曾先后参加两类养老保险|女儿戴着人工耳蜗考试|老师傅用老人机上哪交|回去开证明、盖章|人先过去、钱后补
    跟老板谈好往后推|同事乔迁怎么祝贺|邻居盖楼没许可|孕妇艾滋梅毒检测|疫情封控时老人转诊
    祖父祖母均已高寿|跟老板谈涨薪|租客赖着不走|火车票 黄牛 举报|疫苗 冷链 举报
    给小孩封牙沟|亲家张口要三十万|给老人白测不|发老人钱以什么为依据|账上的钱替爷爷交医保
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
    每月1500/1100/800元|1500/1100/800|3栋120户|8栋1200平方米
    老公司认缴期限太长|和村民谈土地流转|要求员工戴口罩|增强居民幸福感|老居民区没有监控
    找王府井街道|联系王府井街道办事处|高考报名|张贴公告|李子树被砍了|拨打12345|国发〔2014〕8号
    产假98天|3-6岁|群众应当提交材料|市民反映|居民反映噪音|家属反映病房漏水|多人反映|我想反映问题
    社区居民投诉|单位反映情况|业主投诉物业|家长反映学校收费|平台来电|何时反映|万人投诉|查询
    向有关部门反映|任何人举报|全家求助|连续来电|高空抛物投诉|施工噪音投诉|马路噪音投诉
    金融诈骗投诉|安全隐患反映|石油公司投诉|白天来电|商家投诉|常见咨询|计生咨询|单亲家庭求助
    高龄老人来电|江北居民来电|云南籍职工咨询|程序咨询|关系咨询|章程咨询|方案咨询|孔子学院咨询
    经常咨询|毛坯房投诉|于今日来电|联系单位|联系方式|联系社区|联系街道办|找工作|找单位盖章|找房子
    告知义务|告知书|告知承诺|通知家长|通知单位|通知书|回访满意|回复时间|询问方式|联系电话12345
    联系我|答复意见|联系解决|联系安排|通知安排|告知全部材料|找关系|找方法|联系主管部门|家属应当
    家属包括哪些|家属均可|家属陪护|家属关系证明|亲属关系|朋友介绍|邻居养狗|老板拖欠工资|媳妇生育
    爷爷奶奶|公公婆婆|姓名变更|名字相同|姓名和身份证|群众路线|市民中心|市民卡|市民广场|对象范围
    对象包括|客户经理|司机应当|司机管理|产妇住院|孕妇建档|老伴去世|叔叔阿姨|养老护理员|保姆工资
    同事关系|3-2-1方案|1-2-3|2-3-500元|3-5-7天|12-31|2024-1-15|24-12-2024|住3-5天|住院3-5天
    我家3-6岁孩子|住2-3人|车牌2024年换|车牌摇号12345|社保卡12333|医保卡12393|病历复印|医保卡号忘了
    第3-2-1条|138.5-138.9|138、139、150号段|1、3、8、10、12号|130元、1500元、200元|100-200-300-400
    150、2023、2024这三年|150、2022、2023、2024这四年|150、1280、2060三档
    10086、10010、10000|1380元！1500元|13、14、15、16、17、18|满18、19、20岁|1月3日、8月10日
    13:00-14:00，15:00-17:00|9:00-12:00 13:30-17:00|15岁、16岁|1.3.5.7.9.11.13.15
    1500、3000、5000、800元|100.00元/150.00元|12345、12333|2024年|（一）（二）（三）
    一、二、三、四、五、六、七、八、九、十|十一、十二|1）2）3）4）5）6）7）8）9）10）11）|大爷大妈
    老大爷|一大爷|幼儿园阿姨|保洁阿姨|老奶奶|外婆|婆婆妈妈|他妈妈|我奶奶|公交卡|iPhone14138
    ISO9001|法人代表变更|三期5栋楼|小区2-3公里|学院2-3年制|一栋两层|两栋三层楼|2023-2024学年
    社区3-5名|花园1-2期|医院住院1-3天|银行卡12位|姓氏怎么改|随母姓|姓张的多|姓李名额
    跟妈妈姓王可以吗|全部反映|段落|张家港反映|高新区反映|江苏省投诉|成都市民来电|常住人口咨询
    郑州来电|孙女上学|女儿上学|儿子结婚|儿子单独立户|女儿应届毕业|爸爸单位|妈妈高血压|媳妇任职期间
    爷爷高龄津贴|家属安置|配偶方平时|丈夫和我|老公房屋|主任接待|电话13800138000元|家长委员会
    家长安排|老师方案|家属楼|家属区|家属院|亲属死亡|朋友圈|战友聚会|对象时间|网友评论|网友留言
    司机师傅|患者应当|患者平均|同学高考|外孙上户口|孙子高中|我叔国籍|宝宝黄疸|宝宝白天
    宝宝安全座椅|孩子包被|孩子全托|孩子单独|孩子成长|孩子毛病|孩子金额|孩子常常|孩子时间|小孩明年
    老人平时|老人白内障|老人万一|公公单位|婆婆常年|姐姐单身|哥哥石油工人|弟弟高职|小妹高级技工
    病人康复|退休人员高温补贴|残疾人辅助器具|残疾人康复|市民温馨提示|群众温饱|群众安居|居民温泉
    客户全部|申请人全部|参保人员|参保人连续|持卡人员|负责人员|联系人员|咨询人员|来电人员
    来访人员接待|信访人员|继承人全部|受托人应|代办人身份证|户名单位|法人单位|法人章程|原告方
    被告方|逝者家属|死者单位|王女士咨询|张老师反映|李主任来电|联系王主任|妇女儿童权益
    女儿扬言断绝关系|我是高管，怎么办|老公房自己住|孩子唐氏|小学生戴红领巾|租了一栋四层小楼
    企业主管部门投诉|〔手机号〕查一下|〔手机号〕马上回电|〔手机号〕查无此人
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


MATTERS = """
    给老人贺新房 | 朋友贺乔迁 | 孩子练琴扰民 | 孩子练车几岁可以 | 女儿练跆拳道受伤 | 老人涂药膏
    小孩涂画 | 邻居封阳台 | 业主封窗要审批吗 | 邻居安监控 | 租客安空调 | 老人盛饭 | 孩子易过敏
    孩子易怒 | 婴儿米粉什么时候加 | 护工费一个月多少 | 保姆费一小时多少 | 宝宝温奶器 | 孩子高反
    老人白蛋白偏低 | 父母钱存银行 | 老人金项链被骗 | 患者左肾结石 | 孕妇艾灸 | 老人祖屋翻建
    产妇宫缩 | 孩子戴牙套 | 老人冷敷 | 职工晋级 | 村民林权证
"""
NAMED = [
    "我叫{}",
    "找{}，13800000000",
    "{}来电",
    "联系人{}",
    "群众{}反映路灯坏了",
    "孩子{}今年6岁",
    "老人{}，男，80岁",
    "邻居{}、王建国投诉",
]


@pytest.mark.parametrize(
    "said", [one.strip() for one in re.split(r"[|\n]", MATTERS) if one.strip()]
)
def test_what_persons_do_or_have_is_no_name_after_a_relation(said: str) -> None:
    for asked in (said, f"{said}怎么办", f"{said}，可以吗", f"{said}要什么手续"):
        assert mask_personal_data(asked).text == asked


@pytest.mark.parametrize("said", NAMED)
@pytest.mark.parametrize("surname", "贺练涂盛易费温左冷艾")
def test_a_name_whose_surname_is_another_word_is_masked(said: str, surname: str) -> None:
    for given in ("小红", "小芳", "建华", "新民", "明", "芳"):
        name = surname + given
        assert mask_personal_data(said.format(name)).text.startswith(
            said[: said.index("{")] + "〔姓名〕"
        ), name


@pytest.mark.parametrize("said", NAMED)
@pytest.mark.parametrize("name", ["练琴", "贺喜", "易怒", "祝贺"])
def test_a_word_is_a_name_where_a_name_is_told(said: str, name: str) -> None:
    assert name not in mask_personal_data(said.format(name)).text


@pytest.mark.parametrize("said", ["父亲贺新居住在万州", "老人白发明的低保"])
def test_a_name_that_begins_with_such_a_word_is_masked(said: str) -> None:
    assert "〔姓名〕" in mask_personal_data(said).text


@pytest.mark.parametrize("said", ["电话{}这三年没变", "{}", "手机号是{}", "找我{}这两年没换"])
def test_a_number_in_pieces_that_look_like_years_is_masked(said: str) -> None:
    assert mask_personal_data(said.format("150、2010、2020")).text == said.format("〔手机号〕")


@pytest.mark.parametrize("name", ["涂建国", "练国强", "白小红", "左明"])
def test_a_name_before_a_title_begins_the_text_though_its_surname_is_a_word(name: str) -> None:
    assert mask_personal_data(f"{name}老师在吗").text == "〔姓名〕老师在吗"


def test_names_listed_after_one_another_are_masked() -> None:
    said = "我父母吴大海、钱秀莲和我妹妹吴小雨都参保了"
    assert mask_personal_data(said).text == "我父母〔姓名〕、〔姓名〕和我妹妹〔姓名〕都参保了"


def test_nothing_is_left_of_a_number() -> None:
    numbers = (PersonalDataKind.MOBILE, PersonalDataKind.RESIDENT_ID, PersonalDataKind.BANK_CARD)
    for kind in numbers:
        for said in listed(WRITINGS[kind]):
            left = mask_personal_data(said).text
            assert sum(sign.isdigit() or sign in "零幺洞" for sign in left) < 5, left


def test_the_cheap_look_for_a_number_misses_no_writing_of_a_telephone() -> None:
    said = listed(WRITINGS[PersonalDataKind.MOBILE])
    assert [one for one in said if not holds_long_number(one)] == []


def test_ordinary_questions_stay_as_they_are() -> None:
    ordinary = [said for line in listed(ORDINARY) for said in line.split("|")]
    assert len(ordinary) > 100
    assert [said for said in ordinary if mask_personal_data(said).found] == []


def test_no_text_of_the_starter_bank_holds_anything_that_is_taken_for_personal_data() -> None:
    texts = {
        text
        for file in CORPUS.rglob("*.jsonl")
        for line in file.read_text("utf-8").splitlines()
        for text in strings_of(json.loads(line))
    }
    assert len(texts) > 30_000
    assert [text for text in sorted(texts) if mask_personal_data(text).found] == []


def strings_of(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for one in value.values() for text in strings_of(one)]
    if isinstance(value, list):
        return [text for one in value for text in strings_of(one)]
    return []

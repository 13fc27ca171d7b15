"""Words beside which names stand: relations, roles, and what a caller or an office does."""

import re

_RELATIONS = """
儿子 女儿 闺女 孩子 小孩 宝宝 娃娃 大儿子 小儿子 大女儿 小女儿 养子 养女 继子 继女 独生子 老公
丈夫 妻子 老婆 爱人 配偶 老伴 老伴儿 对象 前夫 前妻 男朋友 女朋友 男友 女友 未婚夫 未婚妻 父亲
母亲 爸爸 妈妈 老爸 老妈 养父 养母 继父 继母 生父 生母 老父亲 老母亲 父母 爷爷 奶奶 外公 外婆
姥姥 姥爷 公公 婆婆 岳父 岳母 丈母娘 老丈人 曾祖父 曾祖母 祖父 祖母 外祖父 外祖母 孙子 孙女 外孙
外孙女 外孙子 重孙 哥哥 姐姐 弟弟 妹妹 大哥 大姐 二哥 二姐 小弟 小妹 表哥 表姐 表弟 表妹 堂哥
堂姐 堂弟 堂妹 嫂子 姐夫 妹夫 弟媳 弟妹 儿媳 儿媳妇 媳妇 女婿 亲家 叔叔 婶婶 伯伯 伯父 伯母 姑姑
姑妈 姑父 姑姑 舅舅 舅妈 舅母 姨妈 姨父 姨夫 小姨 小叔 侄子 侄女 侄儿 外甥 外甥女 家属 亲属 亲戚
亡父 亡母 亡夫 亡妻 先父 先母 干妈 干爸 干爹 干娘 干儿子 干女儿 徒弟 邻居 朋友 同事 同学 战友 室友
老乡 老板 保姆 护工
"""
_ROLES = """
患者 病人 学生 户主 本人 当事人 考生 原告 被告 业主 租客 租户 房东 职工 员工 村民 伤者 死者 逝者
家长 监护人 代理人 诉讼代理人 法人 法定代表人 法人代表 负责人 联系人 申请人 收件人 经办人 投诉人
举报人 反映人
来电人 来访人 咨询人 求助人 诉求人 信访人 报案人 报修人 委托人 受托人 代办人 办事人 参保人 受益人
持卡人 开户人 户名 收款人 被保险人 继承人 退休人员 残疾人 低保户 特困人员 老人 群众 市民 产妇
患儿 幼儿 婴儿 曾用名 经办人员 工头 包工头 班主任 校长 园长 护士 医师 主治医师 村支书 支书 书记
主任 村主任
网格员 楼长 楼栋长 组长 小组长 队长 经理 店长 村长 镇长 乡长 院长 所长 科长 处长 站长 民警 保安
教练 会计 班长 社工
孕妇 司机 乘客 客户 网友 姓名 名字 大名 真名
"""
_SHORT = "爸|妈|哥|姐|弟|妹|爷|奶|儿|女|婆|公|叔|伯|舅|姑|姨|婶|嫂"

_WORDS = "|".join(sorted(set(f"{_RELATIONS} {_ROLES}".split()), key=len, reverse=True))
_WHOLE = _WORDS.replace("|女儿|", "|(?<!妇)女儿|")
RELATED = re.compile(
    rf"(?:(?:我|他|她)?(?:{_WHOLE})|居民(?!区)|(?:我|他|她)家?[大二三四五六小老幺]?(?:{_SHORT}))"
    r"(?:[:是为( ]|名叫|叫){0,2}"
)
"""A relation or a role, longest first, after which a name may stand."""

TITLE = re.compile(
    r"(?:先生|女士|小姐|同志|老师|大爷|大妈|大娘|大姐|大哥|大叔|阿姨|叔叔|师傅|医生|大夫|主任|书记|同学|老人"
    r"|老太太|老太|奶奶|爷爷|警官|律师)"
)
ELDER = re.compile(
    r"(?:大爷|大妈|大娘|大姐|大哥|大叔|大伯|大婶|阿姨|老太太|老太|奶奶|爷爷|婆婆|伯伯)(?!们)"
)
"""Titles of neighbours, by which a surname alone tells the person to the neighbourhood."""

DOES = re.compile(
    r" {0,2}(?:今日|今天|昨日|昨天|再次|多次|又|已|现)?"
    r"(?:反映|反应|来电|致电|来访|来信|来函|来诉|来问|打电话|打来|电话(?:咨询|反映|投诉|求助|询问)"
    r"|咨询|投诉|求助|举报|询问|表示|自述|诉称|称(?!号|呼|谓|重|职|赞))"
)
"""What a caller does, in a note that begins with the caller's name: 王小明反映."""

REACHED = re.compile(
    r"(?:联系|找|转告|回访|告知|告诉|通知|回电|回复|答复|询问|电告|电联|致电|叫我|约谈|走访|看望|慰问)"
    r"(?:到|过|了|给|一下)?(?:[: ]){0,2}"
)
"""What an office does with a person, whose name follows: 已联系王小明."""
AFTER_REACHED = re.compile(
    r"[^\u4e00-\u9fff]|本人|已|表示|反馈|核实|了解|的?(?:电话|手机|家属)|处理|说|其|并|无人|未接|$"
)
"""How such a note goes on after the name."""

BEFORE_NAME = re.compile(
    r"[请问找和跟与向让给是叫由据接]|联系|告知|回访|转告|通知|回电|回复|致电|收到|接到|家属|患者|本人|市民|群众"
    r"|居民|村民|业主|你好|您好|谢谢"
)
"""Characters and words after which a name beside a number or before a verb begins."""

OTHER_WORDS = frozenset(
    {
        "公司",
        "公安",
        "公平",
        "公房",
        "主任",
        "生平",
        "人家",
        "人和",
        "儿童",
        "女方",
        "户名",
        "人应",
        "主管",
    }
)
"""Words that begin with the last character of a relation: 老公司 holds no 老公."""

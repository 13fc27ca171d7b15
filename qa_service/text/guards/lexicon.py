"""All axes whose values are words, and the longer words in which a term has no meaning."""

from qa_service.text.guards.benefits import BENEFIT_AXES
from qa_service.text.guards.directions import DIRECTION_AXES, GRADE_AXES
from qa_service.text.guards.extremes import EXTREME_AXES
from qa_service.text.guards.model import AxisTerms, GuardKind, axis_terms, words
from qa_service.text.guards.parties import PARTY_AXES
from qa_service.text.guards.things import THING_AXES
from qa_service.text.guards.weekdays import WEEKDAY_AXIS

PLACE_TERMS = (
    axis_terms(
        GuardKind.PLACE,
        "地域关系",
        """
        本地 本市 本省 本县 本区 市内 省内 县内 区内 当地 同城
        本地 转到本地 转到本市 转到本区 迁到本地 迁到本区
        异地 外地 外省 外市 外县 跨省 跨市 跨区 省外 市外 县外 非本地 非本市 他乡
        异地 不在本地 不是本地 没有本地 没本地 无本地 不在本市 不是本市 没有本市 不在本区
        异地 不在本省 不是本省 外地人
        异地 转到外地 转到外省 转到外市 迁到外地 迁到外省
        """,
    ),
    axis_terms(
        GuardKind.PLACE,
        "跨省与否",
        """
        省内异地 省内跨市 省内
        跨省 跨省异地 省外 外省 转到外省 迁到外省
        """,
    ),
    axis_terms(
        GuardKind.PLACE,
        "层级",
        "国家级\n省级\n市级 地市级\n区县级 区级 县级\n乡镇级 镇级 街道级",
        "市级 地市级",
    ),
    axis_terms(
        GuardKind.PLACE,
        "境内外",
        """
        境内 国内
        境外 国外 海外
        """,
    ),
)

ASPECT_AXES = (
    axis_terms(
        GuardKind.ASPECT,
        "问的方面",
        """
        条件 什么条件 哪些条件 申请条件 申请标准 申报条件 资格 什么要求 哪些人 哪类人 谁可以 谁能
        条件 对象 范围 人群 多少岁 几岁 多大年龄
        办法 怎么 如何 怎样 咋个 咋办 途径 方式
        流程 步骤 什么程序 手续 操作路径
        算法 怎么算 怎样算 怎么计算 如何计算 怎样计算 咋算
        材料 什么资料 哪些资料 什么证件 哪些证件 带什么 带啥 要什么证
        时间 什么时候 何时 几时 啥时候 多久 多长时间 几天 多少天 时限 期限 截止 有效期 几年 多少年
        时间 几月 几月份 哪个月
        时间 哪天 哪一天 几个月 多少个月 多少日 多少个工作日 多少工作日 几个工作日
        金额 多少钱 几多钱 多少元 额度 比例 收费 好多钱 几钱 多少 怎么收费 如何收费
        电话 联系电话 电话号码 咨询电话 电话是多少 号码是多少 热线 联系方式
        地点 哪里 在哪 哪儿 什么地方 地址 什么平台 哪个平台 什么网站 哪个网站 什么小程序 什么app
        部门 哪个部门 哪些部门 什么部门 哪个单位 归谁管 谁负责 找谁 哪个窗口
        原因 为什么 为啥 怎么回事 咋回事 怎么没 怎么不 怎么还没 怎么还不
        含义 什么意思 指什么 什么是 啥意思
        名额数 名额有多少 多少名额 名额多少 几个名额 多少个名额
        内容 哪些政策 什么政策 优惠政策 哪些优惠 什么优惠 哪些待遇 什么待遇 哪些补贴 什么补贴
        内容 哪些措施 什么措施 哪些支持 什么支持
        """,
        """
        办法 流程 材料 地点 条件 内容 算法 原因 金额 时间
        流程 材料 地点
        部门 地点 电话 办法
        电话 地点 办法
        材料 条件
        时间 条件
        算法 金额
        内容 金额
        """,
    ),
)

TERM_AXES: tuple[AxisTerms, ...] = (
    *PARTY_AXES,
    *BENEFIT_AXES,
    *DIRECTION_AXES,
    *GRADE_AXES,
    *EXTREME_AXES,
    *PLACE_TERMS,
    *THING_AXES,
    *ASPECT_AXES,
    WEEKDAY_AXIS,
)

# Longer words that merely contain a term; they are matched first and ignored.
NOT_GUARDS = words(
    """
    最低生活保障 最低工资 大中小班
    手续费 在哪些 哪里人 产假期间 休产假 费用报销
    怎么样 怎么又 怎么会 怎么还 如何是好 多少人 多少次 多少号 多少家 多少个
    联系方式和 无论如何 电话费 热线电话 范围内 子女 儿女 男女 女士 孙女 男朋友
    闺女 侄女 外甥女 没儿没女 无儿无女 有儿有女 生儿育女 一儿一女
    女朋友 美女 女儿 个人所得税 企业所得税 个人账户 个人信息 个人中心 本地人
    企业年金 企业家 公司法 企业法 教师节 儿童节 教师资格 老人卡 学生证 学生卡 买单
    纳税人 一般纳税人资格 个体差异 参保人 参保人员 参保地 缴费年限 缴费基数 缴费证明
    养老院 养老机构 养老服务 社区养老 居家养老 就业失业登记 离退休 退休年龄
    农村信用社 农村商业银行 结婚登记证 买的 老人家 卖家 买家 涨价 校企 城镇化
    火车站 高铁站 汽车站 地铁站 热狗 手机号 手机号码
    水电气 水电 熊猫 猪肝
    城镇老旧小区 城镇污水 医疗机构 企业微信 公司名称 入学年龄 高校区 个人觉得
    个人认为 我个人 住院部 门诊部 小学生 初中生 高中生 研究生院 大学城 大学路
    中小学 失业保险基金 个工作日 按工作日 是工作日 休息日期 工作日志
    """
)

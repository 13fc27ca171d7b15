"""Axes of the things that a question is about: supplies, vehicles, animals, devices, languages."""

from qa_service.text.guards.model import AxisTerms, GuardKind, axis_terms

THING_AXES: tuple[AxisTerms, ...] = (
    axis_terms(
        GuardKind.THING,
        "水电气暖",
        """
        停水 水费 自来水 用水 水表 水压
        停电 电费 用电 电表 电压 供电
        停气 气费 燃气 燃气费 天然气 煤气 气表 供气
        供暖 暖气 取暖费 采暖费 供热
        断网 网费 宽带
        """,
    ),
    axis_terms(
        GuardKind.THING,
        "交通工具",
        """
        火车 高铁 动车 列车
        飞机 航班 民航 机票
        地铁 轻轨
        公交 公交车 公共汽车
        出租车 打车 网约车 的士
        共享单车 自行车
        电动车 停电动车 电动自行车 电瓶车 电单车
        """,
    ),
    axis_terms(
        GuardKind.THING,
        "房与车",
        """
        买房 二手房 新房 租房 卖房 购房
        买车 二手车 新车 租车 卖车 购车
        """,
    ),
    axis_terms(
        GuardKind.THING,
        "动物",
        """
        狗 犬 遛狗 养狗
        猫 养猫
        鸡 养鸡
        鸭 养鸭
        猪 养猪
        """,
    ),
    axis_terms(
        GuardKind.THING,
        "设备",
        """
        手机
        电脑 笔记本电脑 台式机
        """,
    ),
    axis_terms(
        GuardKind.THING,
        "应用",
        """
        微信
        qq
        支付宝
        抖音
        淘宝
        京东
        拼多多
        """,
    ),
    axis_terms(
        GuardKind.THING,
        "文档软件",
        """
        word
        excel
        ppt
        """,
    ),
    axis_terms(
        GuardKind.THING,
        "何者的名称",
        """
        公司名称 公司起名 公司名字 公司名 企业名称 企业名
        公众号 视频号 抖音号 网名
        商标 商标名
        孩子起名 小孩起名 宝宝起名 孩子取名
        """,
    ),
    axis_terms(
        GuardKind.THING,
        "语种",
        """
        英语 英文
        日语 日文
        韩语 韩文
        法语 法文
        德语 德文
        俄语 俄文
        """,
    ),
    axis_terms(
        GuardKind.THING,
        "收养与送养",
        """
        收养 领养
        送养
        """,
    ),
    axis_terms(
        GuardKind.THING,
        "病种",
        """
        肺结核 结核 痨病
        癌症 肺癌 胃癌 肝癌 乳腺癌 宫颈癌 肿瘤 癌
        乙肝 肝炎 丙肝
        艾滋病 艾滋 hiv
        新冠
        流感 甲流
        糖尿病
        高血压
        尿毒症 透析
        白血病
        精神病 精神障碍 精神分裂
        狂犬病
        手足口
        水痘
        登革热
        """,
    ),
    axis_terms(
        GuardKind.THING,
        "伤因",
        """
        摔伤 摔倒 摔了 摔断 跌倒 自己摔
        自杀 自残
        酒驾 醉驾 醉酒 喝酒 酒后
        打架 斗殴 互殴 打伤 被打
        车祸 交通事故 被车撞
        噎死 噎着 噎住 呛死
        突发疾病 猝死
        """,
    ),
    axis_terms(
        GuardKind.THING,
        "赡养",
        """
        赡养老人扣除 赡养老人专项 算赡养老人 赡养老人这一项 赡养老人支出 扣赡养老人
        赡养义务 尽赡养 不赡养 赡养费
        """,
    ),
    axis_terms(
        GuardKind.THING,
        "银行卡",
        """
        信用卡
        储蓄卡 借记卡
        """,
    ),
)

THINGS = frozenset(axis.name for axis, _ in THING_AXES)
"""Names of the axes, on which the pair's own question decides: a wording names what was so for one
caller (被猫抓了 asks what 被狗咬了 does)."""

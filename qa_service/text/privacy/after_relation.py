"""Words of what persons do, have or suffer that look like a name after a relation: 孩子练琴.

These words count only right after a relation or a role; after 我叫 or 找 and before 来电 the
same characters are a name. Where they may be one there too, they are left to be masked.
"""

import re

from qa_service.text.privacy.surnames import is_given, is_word
from qa_service.text.privacy.view import BARRIER

_WORDS = """
练车 练球 练字 练拳 练鼓 练操 练体育 练太极 练跆拳道 练瑜伽 练钢琴 练古筝 练二胡 练吉他 练小提琴
练书法 练散打 练武术 练柔道 练击剑 练街舞 练广场舞 练游泳 练轮滑 练跳绳 练口语 练听力 练口算
练习册 涂药 涂药膏 涂药水 涂色 涂鸦 涂油 涂漆 涂油漆 涂抹 涂改 涂碘伏 涂口红 涂指甲 涂防晒 涂护臀
涂面霜 涂唇膏 贺卡 贺年卡 贺岁 贺乔迁 贺新居 贺新房 贺新婚 贺生日 贺大寿 贺喜宴 封窗 封窗户 封门
封门窗 封路 封号 封账号 封账户 封微信 封店 封村 封校 封闭 封堵 封阳台 封露台 封楼道 封楼顶 封顶楼
封天井 封院子 封小区 封走廊 封过道 封通道 封飘窗 封消防 封车位 封大门 封连廊 封楼梯 盛汤 盛饭
盛菜 盛粥 盛饭菜 安监控 安空调 安防盗 安充电桩 安电梯 安扶手 安摄像头 安路灯 安门禁 安太阳能
安热水器 安净水器 安水表 安电表 安燃气 安天然气 安暖气 安地暖 安煤气 安假牙 安假肢 安假发 安义肢
安义齿 安支架 安起搏器 安护栏 安门窗 安窗 安窗户 安宽带 安光伏 安节育环 安红绿灯 安减速带 安座机
安插座 安电灯 安遮阳 安雨棚 安限位器 安烟感 易过敏 易激惹 易摔 易摔倒 易感染 易跌倒 易发火 易哭
易哭闹 易烦躁 易累 易疲劳 易疲倦 易胖 易骨折 易出汗 易流产 易早产 易困 易走失 易受骗 易上当
易冲动 易吐 易饿 易呕吐 易腹泻 易咳 易咳嗽 易复发 易发怒 易受惊 易抽筋 易头晕 易忘事 易紧张
易焦虑 易生病 易感冒 易拉肚子 易着凉 易便秘 易积食 易上火 易流鼻血 易起疹 费一个 费一小时 费一天
费一月 费一年 费一次 费两个 费三个 费每月 费每天 费每年 费每小时 费每次 费几个 费半天 费太高
费太贵 费由谁 米粉 米糊 米汤 米糕 米浆 温奶 温奶器 高反 鲁莽 白疱疹 白发 白头发 白蛋白 白球蛋白
白眉毛 白指甲 黄手环 黄手镯 金婚 金项链 金手镯 金手链 金耳环 金首饰 金链子 金牙 钱存银行 钱存在
钱存进 钱存了 钱存到 钱存定期 钱多少 左肾 左肺 左膝 左肩 左踝 左腕 左肘 左臂 左臀 左髋 左胸 左颈
左肝 左卵巢 左乳房 左肢 左胳膊 左拇指 左食指 左小指 左下肢 左上肢 左半边 艾灸 艾草 艾条 祖宅 祖屋
祖坟 宫缩 宫颈 宫腔 宫口 宫外孕 简餐 简历 戴牙套 戴假发 戴假牙 戴助听器 戴头盔 戴手环 戴手表
戴矫正器 戴支具 戴呼吸机 戴尿袋 戴脚环 包虫病 包皮 包茎 桑葚 桑椹 蒙脸 蒙眼 蒙混 冷敷 冷暴力 晋级
毛巾 毛毯 毛囊炎 毛细血管 余款 余额 段考 屈光度 皮试 皮疹 皮肤 皮蛋 皮屑 皮鞋 洪涝 林权证
林权流转 林地 屈光不正 艾叶泡脚 晋升职称 晋升工资 蓝光治疗 洪水灾害 苗木补偿 苗木补贴 牛羊 牛肉
麦片 蓝牙
"""
_MATTERS = frozenset(_WORDS.split())
"""Words that begin with a surname and are hardly ever a name."""

_LIKELY_NAMES = """
练琴 练武 练剑 练功 练舞 练歌 练笛 习武 涂画 盛怒 盛水 易怒 易醒 温居 司龄 康养 皮炎 章鱼 尚小
"""
_LIKE_NAMES = frozenset(_LIKELY_NAMES.split())
"""Words that somebody may well be called; they are words only after ``_ACTING``."""

_ACTING = re.compile(
    "(?:孩子|小孩|宝宝|婴儿|娃娃|儿子|女儿|孙子|孙女|老人|老公|老婆|孕妇|产妇|朋友|邻居|同事"
    "|同学|学生|室友|员工|职工)$"
)
"""Relations and roles of whom is told what they do; notes on callers begin with others."""

_AFTER_NAME = re.compile(
    rf" ?[:,(、/和与及]? ?(?:{BARRIER}|[\d男女]|今年|现年|电话|手机|身份证|户口|上户|落户|出生|小名"
    r"|反映|来电|来访|咨询|投诉|举报|求助|表示|称)|[、/和与及的]"
)
"""How a text goes on after a name rather than after such a word."""

_ANNOUNCES = re.compile("(?:[:是为( 叫]|姓名|名字|大名|真名|曾用名|户名|户主|本人)$")
"""How a relation ends after which only a name is told."""

_LONGEST = 4
_SHORTEST = 2


def tells_matter(plain: str, relation: re.Match[str]) -> bool:
    """Return whether the matter goes on after a relation, where a name might: 邻居封阳台."""
    if _ANNOUNCES.search(relation[0]):
        return False
    at = relation.end()
    end = _word_end(plain, at, may_be_name=bool(_ACTING.search(relation[0])))
    return end > at and not _AFTER_NAME.match(plain, end) and not _is_name_part(plain, at, end)


def _word_end(plain: str, at: int, *, may_be_name: bool) -> int:
    """Return where the longest of the words ends that begins at ``at``; ``at`` without one."""
    for size in range(_LONGEST, _SHORTEST - 1, -1):
        word = plain[at : at + size]
        if word in _MATTERS or (may_be_name and word in _LIKE_NAMES):
            return at + len(word)
    return at


def _is_name_part(plain: str, at: int, end: int) -> bool:
    """Return whether the word ends inside another, or a name goes on: 贺新居住在, 白发明."""
    if end == len(plain) or plain.startswith(("多少", "几"), end):
        return False
    goes_on = is_given(plain[end : end + 1]) and not is_word(plain[end : end + 2])
    return is_word(plain[end - 1 : end + 1]) or (goes_on and end - at == _SHORTEST)

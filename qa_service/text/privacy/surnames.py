"""Surnames, and the Chinese words that look like a name because they begin with one."""

from functools import cache

import jieba

SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛"
    "叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔"
    "贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁"
    "时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华"
    "车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商"
    "蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙"
    "伏岑习胥保和蔺肖阳代付闫岳闻丰侍苌妫亓幸桓佘厍麦仝逄寇庾赫尚邝谯粟佴郗阚逯璩仉督芮拓郇郏诸羊昝缪"
    "尧茹厉呼鹿皮虎迮洛钮甯洑宓晁戎禹贝乌祖狄"
)
"""Surnames of one character."""

COMMON_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱林何郭马罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈彭吕苏卢蒋蔡贾丁魏薛叶余潘杜"
    "夏钟汪田姜范石姚谭廖邹熊陆郝孔崔康毛邱秦江史顾侯邵孟龙段雷钱汤尹黎武乔贺赖龚"
)
"""Surnames common enough to be one before a title, and seldom the end of another word."""

COMPOUND_SURNAMES = (
    "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|司徒|令狐|夏侯|轩辕|端木|长孙|仉督|南宫|独孤|百里"
    "|呼延|拓跋|宇文|濮阳|淳于|单于|公冶|申屠|钟离|闾丘|澹台|赫连|万俟|太叔|公羊|第五|乐正|漆雕|梁丘"
    "|左丘|西门|东郭|司空|鲜于|仲孙|亓官|司寇|巫马|公西|宰父|谷梁|完颜|纳兰|叶赫|爱新觉罗|段干"
)
"""Surnames of two and more characters."""

MINORITY_SYLLABLES = (
    "阿依|古丽|古力|买买提|麦麦提|买合|艾力|艾买|吐尔|吐逊|吾布|吾斯|阿卜|阿不|阿布|热合|热依|努尔|迪丽"
    "|迪里|热巴|玉素|玉苏|木合|塔尔|伊力|伊敏|帕提|帕尔|哈提|米日|米热|再努|再娜|肉孜|克里木|麦提|依明"
    "|尼亚孜|库尔|赛买|赛力|巴哈|古扎|娜扎|孜|卓玛|扎西|次仁|多吉|格桑|央金|尼玛|达瓦|旺姆|旺堆|索朗"
    "|拉姆|巴桑|洛桑|平措|顿珠|仁青|才让|巴图|乌兰|其其格|娜仁|托娅|高娃|斯琴|乌云|苏日|那日|萨仁"
    "|吉克|阿苏|沙马|吉木|尔古|阿木|布木|乌呷|曲比|木乃|拉马|吉伍|尔呷|阿呷"
)
"""Syllables of Uyghur, Tibetan, Mongolian and Yi names."""

_ONLY_WITH_LABEL = frozenset(
    "时来从都全连原单常和应成能可计解车平水元台官家国向关明路花保代于强池方衣扬申房和管查"
)
"""Surnames that are mostly other words; names with them are found only after 我叫 or the like."""

_NOT_IN_NAMES = frozenset(
    "的了吗呢吧是在我你他她它们这那怎什么谁哪请问需办交报能可想要不没有和与及或被把对从到去来给让叫说"
    "岁月日号元费钱证卡险金款局区县镇村街院校厂班总未因咋替退"
)
"""Characters hardly used in given names."""

_VERBS = frozenset("谈戴于强方包付代花游管任习")
"""Surnames that are verbs as well."""

_OTHER_WORDS = """
陈述 钱财 马甲 孟子 高考 高三 高一 高二 应届 于是 方便 和平 全职 单亲 单身 万一 高血压 高血
白血病 白血 石膏 黄疸 金额 房东 房主 房产 全家 原来 来办 计划 关于 包括 解决 安徽 江西 江苏 云南
甘肃 宁夏 成都 武汉 常州 温州 郑州 苏州 徐州 许昌 安阳 江津 江北 万州 石柱 梁平 巫山 巫溪 云阳
长寿 武隆 华侨 高中 初中 文盲 孤儿 任职 连续 成年 成人 时间 常住 白领 党员 强制 单独 商贩 何时
高龄 安排 马上 应该 应当 曾经 易地 安置 时候 文化 文件 万元 明年 明天 钟头 江湖 温馨 史上 花钱
单位 居民 都市 成绩 何种 何地 车辆 向来 向社 向区 向街 官方 平时 家里 家人 时薪 解放 于当 于本
康复 谢谢 幸福 全部 常年 万物 高危 高层 任意 安心 安家 尚未 易感 高管 唐氏 红领 唐筛 张贴 申清
王府井 李子 李子树 万人 温泉 张家港 张家口 张家界 马鞍山 石家庄 连云港 包含 司法 代理 代办 代理人
毛坯 左右 温饱 习惯 安稳 安居 丰收 从事 从业 熊猫 雷雨 艾梅乙 祝寿 祝福 童工 童装 岳父 岳母
左耳 左眼 左手 左脚 左腿 高多少 低多少
何部 何机 何单 何处 何人 何事 何类 何项 何条 何标 何渠 何途 何级
祖母 祖父 张口 黄毛 黄牛 冷链 包过 赖着 金戒指 封牙 白测 涨薪 多大 钱以 马宝宝 羊宝宝
费医保 卫健 银保监 管理岗 金多少 钱买 边个 边度 谈好 谈妥 乔迁 盖楼 艾滋 封控
易姓 高寿 曾先后 戴着 傅用 盖章 钱后 钱后补 阳咗
"""
_NOT_NAMES = frozenset(_OTHER_WORDS.split())
"""Words that begin with a surname and are missing in the dictionary, or are names there."""


def is_given(sign: str) -> bool:
    """Return whether a character may stand in a given name."""
    return "\u4e00" <= sign <= "\u9fff" and sign not in _NOT_IN_NAMES


def takes_object(text: str, at: int) -> bool:
    """Return whether the surname at ``at`` is a verb before a word: 谈土地, 戴口罩."""
    return text[at : at + 1] in _VERBS and is_word(text[at + 1 : at + 3])


def is_plain_surname(sign: str) -> bool:
    """Return whether a character is a surname and hardly another word."""
    return sign in SURNAMES and sign not in _ONLY_WITH_LABEL


def begins_word(text: str, at: int) -> bool:
    """Return whether a word that is no name begins with the surname at ``at``: 高血压, 安排."""
    known = _words()
    return any(
        (piece := text[at : at + size]) in known or piece in _NOT_NAMES
        for size in (2, 3, 4)
        if at + size <= len(text)
    )


def is_word(text: str) -> bool:
    """Return whether two or more characters are a word of the dictionary that is no name."""
    return text in _words() or text in _NOT_NAMES


@cache
def _words() -> frozenset[str]:
    """Return the words of two to four characters in jieba's dictionary that name no person."""
    found: set[str] = set()
    with jieba.get_dict_file() as file:
        for line in file:
            word, frequency, kind = line.decode().split()
            is_short = len(word) == 2 or (len(word) <= 4 and word[0] in SURNAMES)
            if is_short and not kind.startswith("nr") and int(frequency) >= _LEAST_FREQUENCY:
                found.add(word)
    return frozenset(found)


_LEAST_FREQUENCY = 5
"""Words rarer than this in the dictionary's own corpus are noise."""

"""Places: provinces, cities and, where the name is no common word, counties."""

import re
from collections.abc import Iterator

from qa_service.text.guards.model import Axis, Guard, GuardKind, alternatives, words

PROVINCE = Axis(GuardKind.PLACE, "省份")
CITY = Axis(GuardKind.PLACE, "城市")
COUNTY = Axis(GuardKind.PLACE, "地区")

_CITIES = {
    "北京": "",
    "天津": "",
    "上海": "",
    "重庆": "",
    "香港": "",
    "澳门": "",
    "台湾": "台北 高雄",
    "河北": "石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 雄安",
    "山西": "太原 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁",
    "内蒙古": "呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 乌兰察布 锡林郭勒",
    "辽宁": "沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 葫芦岛",
    "吉林": "长春 四平 辽源 通化 松原 白城 延边",
    "黑龙江": "哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 黑河 绥化 大兴安岭",
    "江苏": "南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁 昆山",
    "浙江": "杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水 义乌",
    "安徽": "合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城",
    "福建": "福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德",
    "江西": "南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶",
    "山东": "济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 临沂 德州 聊城 滨州 菏泽",
    "河南": "郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 "
    "信阳 周口 驻马店 济源",
    "湖北": "武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 恩施 仙桃 潜江 天门 "
    "神农架",
    "湖南": "长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底 湘西",
    "广东": "广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 "
    "茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州 揭阳 云浮",
    "广西": "南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左",
    "海南": "海口 三亚 三沙 儋州",
    "四川": "成都 自贡 攀枝花 泸州 德阳 "
    "绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安 达州 雅安 巴中 资阳 阿坝 甘孜 凉山",
    "贵州": "贵阳 六盘水 遵义 安顺 毕节 铜仁 黔西南 黔东南 黔南",
    "云南": "昆明 曲靖 玉溪 保山 昭通 丽江 临沧 楚雄 红河 文山 西双版纳 大理 德宏 怒江 迪庆",
    "西藏": "拉萨 日喀则 昌都 林芝 山南 那曲 阿里",
    "陕西": "西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 商洛",
    "甘肃": "兰州 嘉峪关 金昌 天水 武威 张掖 平凉 酒泉 庆阳 定西 陇南 临夏 甘南",
    "青海": "西宁 海东 海北 黄南 玉树 果洛 海西",
    "宁夏": "银川 石嘴山 吴忠 固原",
    "新疆": "乌鲁木齐 克拉玛依 吐鲁番 哈密 昌吉 阿克苏 喀什 和田 伊犁 塔城 阿勒泰 石河子",
}

_COUNTIES = {
    "重庆": "万州 涪陵 渝中 大渡口 沙坪坝 九龙坡 南岸区 北碚 綦江 大足 渝北 巴南 黔江 "
    "江津 合川 永川 南川 璧山 "
    "铜梁 潼南 荣昌 开州 梁平 武隆 城口 丰都 垫江 忠县 云阳 奉节 巫山 巫溪 石柱县 "
    "秀山 酉阳 彭水",
    "北京": "海淀 丰台 石景山 门头沟 房山 通州 顺义 昌平 怀柔 平谷 密云 延庆 中关村",
    "上海": "黄浦 徐汇 虹口 杨浦 闵行 嘉定 浦东 金山区 松江 青浦 奉贤 崇明",
    "天津": "津南 北辰区 武清 宝坻 滨海新区 静海 蓟州 西青",
}
_COUNTIES_OF_CITIES = {
    "广州": "越秀 海珠 荔湾 天河区 白云区 黄埔 番禺 花都 南沙 从化 增城",
    "深圳": "福田 罗湖 盐田 宝安 龙岗 龙华区 坪山 光明区",
    "成都": "锦江区 青羊 金牛区 武侯 成华 龙泉驿 青白江 新都 温江 双流 郫都",
    "武汉": "江岸区 江汉区 硚口 汉阳 武昌 洪山区 东西湖 汉南 蔡甸 江夏 黄陂 新洲",
}

# Names that are also common words or parts of words are recognised only with 市.
_WITH_SUFFIX_ONLY = frozenset(
    words(
        "大同 东营 日照 白银 中卫 普洱 安康 长治 大庆 通化 海南 海北 海西 阿里 山南 中山 文山 凉山 "
        "红河 怒江 玉树 黄山 天水 定西 德州 平凉 吉安 来宾 百色 天门 仙桃 江门 海东 吉林 安顺 大理 "
        "和田 潜江 四平 三明 南平 北海"
    )
)
_UNNAMED = (
    "地社小园片城郊市辖校库灾山矿新景林牧老特本全我该各外跨分发高税范贸能业宅活务验治政疫险离假住学禁战军防病院厂"
    "县省个几多某何同邻别哪这那两每都超门上股楼集夜级直中心在"
)
_NOT_INITIAL = "在住是到从去的对于我和与及或为由向等有没不了给要把被让来回离跟同此其市省区县"
_SUFFIXED = re.compile(
    r"([\u4e00-\u9fa5])([\u4e00-\u9fa5])([区县市])(?![域别分块县级间区场民政值面容])"
)
_SUFFIXES = frozenset("区县市")
_BEFORE = (
    r"[社医参投担环确低五]保|推广|[国省境市县区院校]内|经营|[线网]上(?=海[关外选])"
    r"|[混复配联综]合|[扩重最]大"
)
"""Words whose last character begins no name (医保定点, 国内江苏)."""
_AFTER_NAME = r"(?!路|街|大道|银行|话|菜|人寿|牌)"


def _flat(table: dict[str, str]) -> dict[str, str]:
    """Return the owner of each name of a table ``owner: name name …``."""
    return {name: owner for owner, names in table.items() for name in names.split()}


_PROVINCE_OF_CITY = _flat(_CITIES)
_CITY_OF_COUNTY = _flat(_COUNTIES_OF_CITIES)
_PROVINCE_OF_COUNTY = _flat(_COUNTIES) | {
    county: _PROVINCE_OF_CITY[city] for county, city in _CITY_OF_COUNTY.items()
}


def _known_pattern() -> re.Pattern[str]:
    """Return the pattern of all known place names."""
    names = {*_CITIES, *_PROVINCE_OF_CITY, *_PROVINCE_OF_COUNTY}
    bare = alternatives(names - _WITH_SUFFIX_ONLY)
    suffixed = alternatives(names & _WITH_SUFFIX_ONLY)
    known = rf"(?:({bare}){_AFTER_NAME}|({suffixed})(?=[市省]))[省市区县]?"
    return re.compile(rf"{known}|{_BEFORE}")


_KNOWN = _known_pattern()

KNOWN_PLACES = alternatives({*_CITIES, *_PROVINCE_OF_CITY} - _WITH_SUFFIX_ONLY)
"""Pattern of the provinces and cities whose names are no other words."""


def place_guards(text: str) -> Iterator[Guard]:
    """Yield the places named in ``text`` and, as implied guards, the places that contain them."""
    rest: list[str] = []
    at = 0
    for match in _KNOWN.finditer(text):
        name = match[1] or match[2]
        if name is None:
            continue
        yield from _known(name)
        rest.append(text[at : match.start()])
        at = match.end()
    rest.append(text[at:])
    if _SUFFIXES.isdisjoint(text):
        return
    for match in _SUFFIXED.finditer("\n".join(rest)):
        first, second, suffix = match.groups()
        if second not in _UNNAMED and first not in _NOT_INITIAL:
            yield Guard(CITY if suffix == "市" else COUNTY, f"{first}{second}{suffix}")


def _known(name: str) -> Iterator[Guard]:
    """Yield the guards of a known place and of the places that contain it."""
    if name in _CITIES:
        yield Guard(PROVINCE, name)
    elif name in _PROVINCE_OF_CITY:
        yield Guard(CITY, name)
        yield Guard(PROVINCE, _PROVINCE_OF_CITY[name], implied=True)
    else:
        shown = name if name[-1] in "区县村" else f"{name}区"
        yield Guard(COUNTY, shown)
        yield Guard(PROVINCE, _PROVINCE_OF_COUNTY[name], implied=True)
        if name in _CITY_OF_COUNTY:
            yield Guard(CITY, _CITY_OF_COUNTY[name], implied=True)

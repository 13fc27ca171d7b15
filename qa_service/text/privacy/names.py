"""Finds names of persons: after a label, or in a self-introduction."""

import re
from collections.abc import Iterator

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏"
    "薛"
    "叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔"
    "贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁"
    "时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华"
    "车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商"
    "蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙"
    "伏岑习胥保和蔺"
)
_COMPOUND = "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|司徒|令狐|夏侯|轩辕|端木|长孙"
_GIVEN = r"[\u4e00-\u9fa5]"
_ENDS = (
    r"(?=[^\u4e00-\u9fa5·]|$|今年|家住|住在|住|来自|电话|手机|身份证|户籍|户口|现年|现在|现住|目前|男|女"
    r"|[,是]|想|要|请问|咨询|的)"
)
_FULL_NAME = rf"(?:(?:{_COMPOUND}){_GIVEN}{{1,2}}?|[{_SURNAMES}]{_GIVEN}{{1,2}}?)"

_LABELLED = re.compile(
    r"(?:姓名|联系人|申请人|收件人|经办人|投诉人)(?:[:是为叫]| ){1,3}"
    r"([\u4e00-\u9fa5]{2,4}(?:·[\u4e00-\u9fa5]{1,6}){0,3})(?=[^\u4e00-\u9fa5·]|$)"
)
_LABELLED_RUNNING = re.compile(rf"(?:姓名|联系人)(?:[:是为叫]| ){{1,3}}({_FULL_NAME}){_ENDS}")
_CALLED = re.compile(
    rf"(?:我叫|本人叫|名叫|名字叫|名字是|本人姓名)(?:[做:是为]| ){{0,2}}"
    rf"((?:[\u4e00-\u9fa5]{{2,6}}(?:·[\u4e00-\u9fa5]{{1,6}}){{1,3}})|{_FULL_NAME}){_ENDS}"
)
_INTRODUCED = re.compile(
    rf"(?:我是|本人是)({_FULL_NAME})(?=[,。.;、!?()~\n]|$| |今年|家住|住在|电话|手机|身份证)"
)

# 我是江西人, 我是高中生, 我是党员, 我是单身: 我是 is mostly followed by a role or a place.
_ROLE_ENDS = "人民员工生师户妇者族兵商家长主童属亲校院厂身婚休业籍市区县省镇乡村的了吗女男士军侨"
_NO_NAMES = (
    "安徽 江西 江苏 云南 甘肃 宁夏 成都 武汉 常州 温州 郑州 苏州 徐州 许昌 安阳 江津 江北 "
    "万州 石柱 梁平 巫山 巫溪 云阳 长寿 武隆 华侨 高考 高三 高一 高二 高中 初中 文盲 全职 "
    "单亲 孤儿 任职 连续 方便 和平 成年 成人 应届 时间 于是 常住 白领 党员 强制 单独 房东 "
    "房主 商贩 全家 原来 解决 来办 计划 关于 包括"
)


def name_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each name in ``text``, whose full-width signs must be ASCII."""
    for pattern in (_LABELLED, _LABELLED_RUNNING, _CALLED):
        for match in pattern.finditer(text):
            if match[1] not in _NO_NAMES.split():
                yield match.span(1)
    for match in _INTRODUCED.finditer(text):
        if match[1] not in _NO_NAMES.split() and match[1][-1] not in _ROLE_ENDS:
            yield match.span(1)

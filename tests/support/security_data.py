"""Invented people: numbers with right check digits that nobody was given."""

PLANTED = {
    "name": "欧阳测试",
    "mobile": "13900139000",
    "resident_id": "110101190001010014",
    "bank_card": "6222020000000000000",
    "email": "ce.shi@nobody.example",
    "landline": "010-62620000",
    "address": "幸福路88号院3号楼2单元501室",
}

SAID = (
    f"我叫{PLANTED['name']}，手机{PLANTED['mobile']}，身份证{PLANTED['resident_id']}，"
    f"卡号{PLANTED['bank_card']}，邮箱{PLANTED['email']}，电话{PLANTED['landline']}，"
    f"住在{PLANTED['address']}。"
)

WRITTEN = """
(137)00009001|137.0000.9002|137·0000·9003|137，0000，9004|137、0000、9005
137/0000/9006|137 0000 9007|13700009008元旦前|013700009009|8613700009010
①③⑦⓪⓪⓪⓪⑨⓪①①|¹³⁷⁰⁰⁰⁰⁹⁰¹²|𝟏𝟑𝟕𝟎𝟎𝟎𝟎𝟗𝟎𝟏𝟑
幺三七 洞洞洞洞 九洞幺四|幺三拐，零零零零，九零一五|壹叁柒零零零零玖零壹陆
1三七0000九零17|500101.19900307.9181|身份证500101199003079190
身份证号五零零一零一一九九零零三零七九二零零|证件号500101199003079211|护照E00009022
港澳通行证C00009023|军官证军字第9000024号|京A90025|粤BD90026|微信abc90027|QQ 100009028
卡号6222020000009029|社保号50010000009030|病历号90000031|IMEI 860000000090032
zs90033 @ example . com|zs90034艾特example点com|zs@例子九零三五.公司|座机60009036
023.6000.9037|王九洲先生|患者李九歌|孩子叫张九龄|本人陈九渊|我爸刘九天去年退休|赵 九 霄
我叫仉督九英|阿依古丽·九买提|九里小区3-2-9046|九曲路9047号
我儿子王九舟|家属王九桂|我婆婆赵九芬|李九红反映|137****9048 王九鸣|联系张九红|名字王九名
姓王，叫九茗|137O0009049|l37OOOO9051|137……0000……9052|137横0000横9053|社保卡号A00009054|病历号9055|我家住9-2-9056
"""
"""Invented people as they are written; each is found again by its own words."""


def writings() -> list[str]:
    """The writings one by one."""
    return [said for line in WRITTEN.split("\n") if line for said in line.split("|")]

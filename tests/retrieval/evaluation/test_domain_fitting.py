"""Questions about policy are told from others, also those that were not learned from."""

import numpy as np

from qa_service.retrieval.encoders.encoder import Encoder
from qa_service.retrieval.evaluation.domain_fitting import fit_domain
from qa_service.text.normalise import normalise

POLICY = [
    "低保怎么申请？",
    "社保卡丢了在哪补办",
    "公租房要什么条件",
    "个体户怎么注销执照",
    "居民医保今年交多少钱",
    "生育津贴几个月到账",
    "转学要准备哪些材料",
    "高龄津贴多少岁能领",
    "灵活就业怎么交养老保险",
    "异地就医备案在哪办",
]
GENERAL = [
    "手机怎么截屏",
    "红烧肉怎么做好吃",
    "微信聊天记录怎么恢复",
    "狮子座和什么座最配",
    "这首歌叫什么名字",
    "猫咪不吃东西怎么办",
    "怎么减肥最快",
    "电脑蓝屏是什么原因",
    "成语接龙一心一意",
    "多肉多久浇一次水",
]


def test_a_question_about_policy_is_told_from_general_talk(encoder: Encoder) -> None:
    domain = fit_domain(encoder, POLICY, GENERAL)
    asked = ["失业保险金怎么领", "办居住证需要什么", "平板电脑怎么连电视", "西红柿炒鸡蛋的做法"]
    vectors = encoder.encode_queries([normalise(text) for text in asked])
    assert domain.is_policy(np.asarray(vectors)).tolist() == [True, True, False, False]

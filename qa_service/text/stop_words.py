"""Stop words: courtesy, particles, pronouns, polite questions; and fillers, which are searched.

Negations (不 没 未 无) and words of quantity are no stop words: they distinguish questions.
"""

_LISTED = (
    # particles and auxiliaries
    "的 地 得 了 着 过 吗 呢 吧 啊 呀 哦 嘛 哈 么 啦 哪 呐 喔 噢 之 所 其 该 此 而 且 与 和 及 或 "
    "以及 并 但 但是 因为 所以 由于 如果 那么 然后 还 也 都 就 又 再 才 只 很 太 更 最 "
    "是 在 有 对 对于 关于 把 被 给 让 向 从 由 于 以 为 将 按 按照 根据 "
    # pronouns and forms of address
    "我 你 您 他 她 它 我们 你们 您们 他们 她们 它们 咱 咱们 俺 俺们 自己 本人 这 那 这个 那个 "
    "这种 那种 这样 那样 这里 那里 大家 贵 贵局 "
    # courtesy
    "请 请问 问 问下 问一下 请问一下 想问 想问下 想问一下 想咨询 想咨询一下 咨询 咨询一下 咨询下 "
    "想了解 想了解一下 了解一下 麻烦 麻烦问一下 麻烦问下 您好 你好 谢谢 感谢 一下 下 想 打听 "
    "打听一下 知道 想知道 告诉 帮忙 领导 尊敬 盼复 "
    # polite questions, in which the negation denies nothing
    "能不能 可不可以 是不是 有没有 会不会 要不要 行不行 用不用 需不需要 该不该 可否 能否 是否 "
    "能 可以 能够 会 要 需要 可 行 什么 啥 哪些 哪个 哪种 "
    # fillers
    "个 些 一些 一个 种 等 等等 现在 目前 情况 问题 事情 时 时候 的话 里 上 中"
)

STOP_WORDS = frozenset(_LISTED.split())

_SPOKEN = (
    "没有 还有 还是 到底 听说 已经 一直 一般 一样 直接 重新 开始 准备 正常 大概 真的 觉得 打算 "
    "要是 应该 必须 才能 不是 不能 不要 不用 不想 不管 不到 有个 有人 别人 人家 别的 那些 这些 "
    "这边 那边 这儿 那儿 里头 东西 回来 下来 出来 起来 上去 进去 出去 过来 过去 "
    "之前 之后 以前 以后 后来 接着 最后 原来 另外 看看 说是 我要 我能 好像 刚才 刚刚"
)

FILLERS = frozenset(_SPOKEN.split())
"""Words of speech that may tell two questions apart, but not what either is about."""

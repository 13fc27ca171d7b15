"""Axes of directions (参保 or 退保) and of grades."""

from qa_service.text.guards.model import GuardKind, axis_terms

DIRECTION_AXES = (
    axis_terms(
        GuardKind.DIRECTION,
        "参保方向",
        """
        参保 参加医保 参加社保
        退保
        停保 断保 断缴 停缴
        续保 续缴
        """,
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "转移方向",
        """
        转入 转进 转到本地 转到本市 转到本区 转过来 迁到本地 迁到咱们 迁到本区 迁过来
        转出 转走 转去 转到外地 转到外省 转到外市 转过去 迁到外地 迁到外省 迁去 迁走 迁过去
        """,
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "迁移方向",
        """
        迁入 落户 迁进 入户
        迁出 迁走
        """,
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "缴退",
        """
        缴费 交费 缴纳 缴税 交税 纳税
        退费 退款 退税 退还 退回
        """,
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "挂失与解挂",
        """
        挂失
        解挂 解除挂失 取消挂失
        """,
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "证照办理",
        """
        申请 申领
        新办 首次申领 首次办理 初次申领 初次办理
        补办 补领 补证 补卡 遗失 丢了 丢失 掉了 弄丢 不见了
        换发 换证 换领 换卡 到期换
        注销 销户
        变更 更改 修改 更名 改名
        年检 年审
        吊销
        挂失
        """,
        "补办 换发\n新办 申请",
        weak="申请",
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "发放",
        """
        领取 发放 领到 能领
        停发 暂停发放 停止发放 停领
        """,
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "开与关",
        """
        申请 申领
        开通 开具 开立 激活
        关闭 取消 关停 冻结 停用
        """,
        "开通 申请",
        weak="申请",
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "开门与停业",
        """
        复工 复产 复工复产 开业 恢复营业
        停工 停产 停业 歇业
        """,
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "开学",
        """
        复学 开学
        停课 放假 放寒假 放暑假
        """,
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "升降",
        """
        上调 上涨 涨 提高 提升 增加 加工资 加薪 增资
        下调 下降 降低 减少 调低 降工资 降薪 减资
        """,
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "增减员",
        """
        增员 参保登记 新增员工
        减员
        """,
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "入离职",
        """
        入职
        离职 辞职 辞退 解雇 解除劳动合同
        """,
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "婚姻登记",
        """
        结婚登记 结婚证 领证 办结婚
        离婚登记 离婚证 办离婚
        """,
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "学籍",
        """
        入学 上学 就读 升学
        转学
        退学
        休学
        """,
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "交易方向",
        """
        购买 买
        出售 卖 出卖
        """,
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "出入",
        """
        入境 回国 出国回来
        出境 出国
        """,
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "办理渠道",
        """
        网上 线上 手机上 网上办理 网办
        现场 窗口 线下 柜台
        """,
    ),
    axis_terms(
        GuardKind.DIRECTION,
        "来去",
        """
        来渝 来京 返京 返渝 返乡 返程
        离渝 离京 外出
        """,
        soft=True,
    ),
)

GRADE_AXES = (
    axis_terms(
        GuardKind.GRADE,
        "学段",
        """
        幼儿园 学前 学前教育
        小学
        初中
        高中
        中职 中专 职高 技校
        大学 大学生 高校 高等教育
        大专 专科 高职
        本科
        硕士 研究生
        博士
        义务教育
        """,
        """
        小学 义务教育
        初中 义务教育
        大专 大学
        本科 大学
        硕士 大学
        博士 大学 硕士
        """,
    ),
    axis_terms(
        GuardKind.GRADE,
        "职称等级",
        """
        初级职称 初级工
        中级职称 中级工
        高级职称 高级工
        正高 正高级
        副高 副高级
        """,
    ),
    axis_terms(
        GuardKind.GRADE,
        "频次",
        """
        一次性
        按月 每月 每个月 按月份
        按年 每年
        按季 按季度 每季度
        """,
    ),
    axis_terms(
        GuardKind.GRADE,
        "首次与否",
        """
        首次 初次 头一次
        再次 第2次 2次申请 重新申请
        """,
    ),
    axis_terms(
        GuardKind.GRADE,
        "科目",
        """
        科目1 科目一
        科目2 科目二
        科目3 科目三
        科目4 科目四
        """,
    ),
    axis_terms(
        GuardKind.GRADE,
        "孩次",
        """
        1孩 1胎 头胎 首胎 第1个孩子
        2孩 2胎 第2个孩子
        3孩 3胎 第3个孩子
        """,
    ),
    axis_terms(
        GuardKind.GRADE,
        "甲乙",
        """
        甲类
        乙类
        丙类
        """,
    ),
    axis_terms(
        GuardKind.GRADE,
        "医院等级",
        """
        3级医院 3甲 3级甲等
        2级医院 2甲
        1级医院 社区医院 基层医院 乡镇卫生院
        """,
    ),
    axis_terms(
        GuardKind.GRADE,
        "学校性质",
        """
        公办 公立
        民办 私立
        """,
    ),
)

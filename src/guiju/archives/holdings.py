"""Lines of the schedule that no part built so far holds (保管期限表): what the statutes say of them stands there all the same."""

from guiju.archives.registry import Period, register_period

_MINIMAL = "个人信息：实现目的所必要的最短时间（个人信息保护法第十九条）"
_NOT_YET = "本系统还没有这一章：按公司的档案制度办理"

register_period(
    Period("contracts", "合同", "履行完毕", None, "内部规则：履行完毕后十年", _MINIMAL, _NOT_YET),
)
register_period(
    Period("advertising", "广告档案", "广告发布行为终了", None, "自行发布互联网广告的，法定三年", "没有规定", _NOT_YET),
)
register_period(
    Period(
        "invoices",
        "发票存根联",
        "开具",
        None,
        "法定五年；会计档案另照《会计档案管理办法》（本系统没有存它的全文，请向会计核对）",
        "没有规定",
        "在财务系统办理，本系统不存发票",
    ),
)
register_period(
    Period(
        "disposals",
        "销毁登记、保全和存证日志",
        "—",
        None,
        "内部规则：销毁的证明一直保存，里面没有被删除的内容",
        "不含个人信息",
        "不销毁",
    )
)
register_period(
    Period("request_log", "访问日志", "形成", None, "法定至少六个月；系统留二百天", "不含客户的信息", "到期自动删除")
)
register_period(
    Period(
        "disclosures",
        "查看明文、查看未成年人、按号码查找和导出的记录",
        "形成",
        None,
        "内部规则：用来核对谁看过、带走过什么，一直保存",
        "记的是谁、什么时候、为什么，没有看到的内容",
        "不销毁",
    )
)

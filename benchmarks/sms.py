"""Short messages as companies send them, made from one seed: most are ordinary, some are advertising."""

from __future__ import annotations

import random
from collections.abc import Iterator

_SHOPS = (
    "云岭书店",
    "海桐超市",
    "青禾诊所",
    "白杨驾校",
    "南山物业",
    "星河影城",
    "春和面馆",
    "北岸客运",
    "金穗银行",
    "明湖水务",
)
_PLACES = ("人民路12号", "滨江大道88号", "学府街3号", "东门广场", "开发区科技园", "老城南巷", "湖滨小区北门")
_NAMES = ("王女士", "李先生", "张先生", "赵女士", "陈同学", "周师傅")
_ORDINARY = (
    "{name}您好，您预约的{month}月{day}日{hour}点的时段已确认，地址{place}，到场请出示本短信。",
    "您的包裹已到{place}驿站，取件码{code}，请于今日{hour}点前领取。",
    "您尾号{code}的账户于{month}月{day}日{hour}时支出人民币{amount}元，余额{rest}元。",
    "本月水费{amount}元，请于{month}月{day}日前缴纳，可在网点或手机办理。",
    "因设备维护，{place}一带{month}月{day}日{hour}时至次日清晨停水，请提前储水。",
    "您的订单{code}已发货，预计{day}日送达，签收时请当面核对。",
    "{name}，您借阅的图书将于{month}月{day}日到期，可续借一回。",
    "电影票已出，{month}月{day}日{hour}点{place}三号厅，座位{code}，请准时入场。",
    "您的意见已收到，编号{code}，工作人员会在三个工作日内回复。",
    "{place}门店{month}月{day}日起调整营业时段，早九点开门，晚{hour}点关门。",
    "请携带证件到{place}办理换证，窗口周一至周五上午开放。",
    "您的验证申请已提交，若非本人操作请拨打客服电话。",
)
_ADVERTISING = (
    "全网销量第一的核桃，口感最佳，点击领取",
    "每天一杯，血糖稳稳降下来，无效退款",
    "稳健理财，年化收益率高达12%，保本保息",
    "签约保过，三十天提高60分",
    "零风险，一次见效，永不反弹",
    "原价1999元，现价仅99元，仅限今日",
)


def messages(count: int, *, seed: int, advertising: float = 0.07) -> Iterator[str]:
    """`count` messages of about 85 characters, of which this share is advertising."""
    chance = random.Random(seed)
    for _ in range(count):
        text = f"【{chance.choice(_SHOPS)}】"
        if chance.random() < advertising:
            text += chance.choice(_ADVERTISING) + "。"
        while len(text) < 75:
            text += chance.choice(_ORDINARY).format(
                name=chance.choice(_NAMES),
                place=chance.choice(_PLACES),
                month=chance.randint(1, 12),
                day=chance.randint(1, 28),
                hour=chance.randint(8, 21),
                code=chance.randint(1000, 9999),
                amount=chance.randint(10, 900),
                rest=chance.randint(1000, 90000),
            )
        yield text

"""What the codes of rules and answers are called on screen, on paper and at the terminal."""

from __future__ import annotations

DECISIONS = {"pass": "未发现已知问题", "review": "需复核", "block": "禁止"}
SEVERITIES = {"block": "禁止", "review": "需复核", "advise": "建议"}
CHAPTERS = {
    "ads": "广告",
    "clauses": "合同条款",
    "fields": "数据字段",
    "organisations": "公司与数据关系",
    "privacy": "个人信息",
    "retention": "保管期限",
    "review": "本公司词库",
}
CHANNELS = {"sms": "短信", "push": "推送", "popup": "弹窗", "web": "网页", "live": "直播", "print": "印刷品"}
COLUMN_CATEGORIES = {
    "name": "姓名",
    "phone": "电话号码",
    "id_card": "身份证件",
    "address": "住址",
    "email": "电子邮箱",
    "bank_card": "银行账户",
    "face_or_biometric": "生物识别",
    "health": "医疗健康",
    "location": "行踪轨迹",
    "religion": "宗教信仰",
    "minor": "未成年人",
    "wechat": "微信等账号",
    "birth": "出生日期",
    "gender": "性别",
    "plate": "车牌号",
    "ip": "网络地址",
    "income": "收入",
    "important_data": "重要数据",
    "none": "—",
}

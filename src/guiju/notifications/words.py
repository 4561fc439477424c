"""Sentences that several places of this part write or look for."""

NOT_BY_SMS = "未能短信送达："
NOT_KNOWN = "不知道渠道收到没有，也不能用原来的编号再问"

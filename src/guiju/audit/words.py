"""Actions of the log in the words of the people who did them (操作的名称)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from guiju.evidence.registry import COMMITTED

ACTIONS = {
    "access.allow_emergency_access": "批准紧急授权",
    "access.allow_succession": "同意接任管理员",
    "access.ask_emergency_access": "申请紧急授权",
    "access.ask_succession": "申请接任管理员",
    "access.close_rights_review": "结束权限复核",
    "access.decide_review_lines": "复核权限",
    "access.open_rights_review": "开始权限复核",
    "access.refuse_emergency_access": "不批准紧急授权",
    "access.refuse_succession": "没有接任管理员",
    "access.remove_reviewed_role": "复核后收回角色",
    "access.review_emergency_access": "复核紧急授权",
    "accounts.activate_account": "激活账号",
    "accounts.confirm_account_link": "核验激活或重置的人",
    "accounts.drop_factor": "取消第二因子",
    "accounts.end_member": "办理离职",
    "accounts.end_sessions": "强制下线",
    "accounts.invite_person": "邀请成员",
    "accounts.print_sheets": "印制恢复单",
    "accounts.recover_account": "从服务器恢复账号",
    "accounts.reinvite_people": "重新邀请成员",
    "accounts.reset_account": "重置账号",
    "accounts.set_factor": "设置第二因子",
    "accounts.void_link": "链接作废",
    "archives.allow_disposal": "批准销毁",
    "archives.carry_out_disposal": "执行销毁",
    "archives.lift_hold": "解除保全",
    "archives.place_hold": "登记保全",
    "archives.propose_disposal": "提出销毁",
    "archives.refuse_disposal": "未批准销毁",
    "orders.add_product": "登记产品",
    "orders.change_product": "修改产品",
    "orders.end_product": "下架产品",
    "orders.resume_product": "重新上架产品",
    "orders.import_products": "导入产品",
    "orders.add_order": "登记订单",
    "orders.change_order": "更正订单",
    "orders.deliver_order": "交付订单",
    "orders.return_order": "登记退货",
    "orders.refund_order": "登记退款",
    "orders.undo_step": "撤销退货或退款的登记",
    "orders.void_order": "作废订单",
    "orders.import_orders": "导入订单",
    "customers.assign_many": "批量分配客户",
    "customers.claim_customer": "领取客户",
    "customers.release_customer": "放入公海",
    "customers.release_many": "批量放入公海",
    "customers.release_neglected": "收回公海",
    "customers.set_pool_rule": "设定公海规则",
    "customers.tag_many": "批量加标签",
    "customers.untag_many": "批量去标签",
    "customers.undo_bulk": "撤销批量操作",
    "customers.save_list": "保存客户筛选",
    "customers.remove_list": "删去客户筛选",
    "customers.add_contact": "登记联系人",
    "customers.add_note": "登记跟进",
    "customers.remove_note": "删去跟进",
    "customers.add_customer": "登记客户",
    "customers.assign_customer": "分配客户",
    "customers.change_contact": "修改联系人",
    "customers.change_customer": "修改客户",
    "customers.end_contact": "不再联系",
    "customers.import_customers": "导入客户",
    "customers.refuse_by_phone": "凭手机拒收商业信息",
    "customers.withdraw_by_phone": "凭手机撤回同意",
    "deadlines.add_duty": "新建期限",
    "deadlines.cancel_duty": "取消期限",
    "deadlines.end_feed": "停用日历订阅",
    "deadlines.enter_notice": "录入放假安排",
    "deadlines.finish_duty": "办结期限",
    "deadlines.hand_over_duty": "移交期限",
    "deadlines.keep_signals": "到期提醒",
    "deadlines.open_feed": "订阅期限",
    "deadlines.pause_duty": "中止期限",
    "deadlines.recompute_duties": "重新推算期限",
    "deadlines.resume_duty": "恢复计时",
    "directory.end_group_grant": "按组收回角色",
    "directory.forget_identity": "企业目录里已没有的人解除企业账号",
    "directory.grant_by_group": "按组授予角色",
    "directory.link_identity": "关联企业账号",
    "directory.map_group": "设定组与角色",
    "directory.unlink_identity": "解除企业账号",
    "directory.unmap_group": "取消组与角色",
    "evidence.keep_verification": "核对存证",
    "notifications.begin_attempts": "开始发送通知",
    "notifications.end_attempts": "渠道答复通知",
    "notifications.end_channel": "停用通知渠道",
    "notifications.post_code": "发出验证码",
    "notifications.post_digest": "合成每日摘要",
    "notifications.retry_notice": "重发通知",
    "notifications.set_sms_text": "登记短信签名与模板",
    "notifications.set_up_channel": "设置通知渠道",
    "notifications.settle_cut_off": "通知发送中断",
    "notifications.settle_uncertain": "认定不确定的通知",
    "notifications.take_receipts": "登记状态报告",
    "notifications.write_wording": "修改通知模板",
    "organisations.add_member": "加入成员",
    "organisations.agree_relation": "登记数据关系",
    "organisations.change_company": "变更登记",
    "organisations.change_department": "修改部门",
    "organisations.change_member": "修改成员的资料",
    "organisations.change_password": "修改口令",
    "organisations.change_role": "修改角色",
    "organisations.close_department": "撤销部门",
    "organisations.confirm_relation": "确认数据关系",
    "organisations.create_role": "设立角色",
    "organisations.create_token": "生成访问令牌",
    "organisations.end_relation": "终止数据关系",
    "organisations.end_substitute": "提前结束代理",
    "organisations.found_department": "设立部门",
    "organisations.grant_role": "授权",
    "organisations.install_role": "安装预置角色",
    "organisations.name_substitute": "安排代理",
    "organisations.note_export": "导出",
    "organisations.raise_alert": "查看或导出过密告警",
    "organisations.register_company": "公司登记",
    "organisations.retire_role": "停用角色",
    "organisations.revoke_token": "吊销访问令牌",
    "organisations.set_up": "初始设置",
    "organisations.settle_alert": "处置告警",
    "organisations.unmask_field": "查看明文",
    "organisations.withdraw_role": "收回角色",
    "privacy.activate_field": "启用字段",
    "privacy.allow_assessment": "通过影响评估",
    "privacy.answer_link": "本人答复征求",
    "privacy.ask_consent": "征求同意",
    "privacy.assess_field": "做影响评估",
    "privacy.carry_on_cleanup": "继续查找或冻结违规数据",
    "privacy.change_field": "修改字段",
    "privacy.freeze_found": "冻结违规数据",
    "privacy.freeze_subject": "冻结个人信息",
    "privacy.unfreeze_subject": "解冻个人信息",
    "privacy.open_link": "打开征求页面",
    "privacy.propose_field": "登记字段",
    "privacy.propose_found": "提请删除违规数据",
    "privacy.publish_notice": "发布隐私告知",
    "privacy.record_consent": "登记同意",
    "privacy.refuse_assessment": "未通过影响评估",
    "privacy.retire_field": "停用字段",
    "privacy.start_cleanup": "查找违规数据",
    "privacy.withdraw_by_link": "本人撤回同意",
    "privacy.withdraw_consent": "撤回同意",
    "review.decide_own_word": "决定本公司用语",
    "review.keep_check": "审查",
    "review.propose_own_word": "提出本公司用语",
    "review.withdraw_own_word": "撤回本公司用语",
    "safekeeping.change_data_key": "更换数据密钥",
    "safekeeping.change_master": "更换主密钥",
    "safekeeping.change_recovery_key": "印制备份恢复单",
    "safekeeping.end_key_change": "销毁旧密钥",
    "safekeeping.keep_drill": "恢复演练",
    "sales.add_opportunity": "登记商机",
    "sales.add_todo": "登记待办事项",
    "sales.assign_opportunity": "分配商机",
    "sales.change_opportunity": "修改商机",
    "sales.finish_todo": "办完待办事项",
    "sales.lose_opportunity": "输单",
    "sales.move_opportunity": "移动商机",
    "sales.remind_of_follow_ups": "提醒跟进",
    "sales.reopen_opportunity": "重新打开商机",
    "sales.set_pipeline": "设定销售阶段",
    "sales.win_opportunity": "赢单",
    "work.ask_approval": "申请审批",
    "work.decide_approval": "审批",
    "work.escalate_task": "待办升级",
    "work.expire_approval": "审批过期",
    "work.hand_over_task": "移交待办",
    "work.take_task": "领取待办",
    "work.withdraw_approval": "撤回申请",
}
"""Every action that the parts record. One that is no longer recorded keeps its line: the log remembers it."""


def action_words(action: str) -> str:
    return ACTIONS.get(action, action)


def kind_words() -> dict[str, str]:
    """Kinds of records that the log commits to, by their code."""
    return {one.subject_type: one.label for one in COMMITTED.values()}


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def value_words(value: Any, names: Mapping[str, str]) -> str:
    """A committed value as people read it: moments by the local clock, companies and members by their names."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return f"{timezone.localtime(datetime.fromisoformat(value)):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, dict):
        return "、".join(f"{key}：{value_words(one, names)}" for key, one in value.items())
    if isinstance(value, list):
        return "、".join(value_words(one, names) for one in value)
    return names.get(value, value) if isinstance(value, str) else "" if value is None else str(value)

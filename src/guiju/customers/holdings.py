"""Where this part holds what people may have deleted (留存处)."""

from guiju.archives.registry import Holder, register_holder
from guiju.customers.services import erasing

register_holder(Holder("customers.values", "客户和联系人的字段", erasing.count_values, erasing.destroy_values))
register_holder(Holder("customers.notes", "跟进记录", erasing.count_notes, erasing.destroy_notes))
register_holder(Holder("customers.files", "导入的原文件", erasing.count_files, erasing.destroy_files))
register_holder(Holder("customers.bulk", "批量操作的记录", erasing.count_bulk, erasing.destroy_bulk))

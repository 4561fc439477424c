"""What this part holds of people (留存处)."""

from guiju.archives.registry import ADDRESSES, AFTERWARDS, Holder, register_holder
from guiju.files.selectors import held
from guiju.files.services import erasing, removal
from guiju.privacy.registry import Keeper, register_keeper

ADDRESSES.append(held.addresses)
AFTERWARDS.append(removal.end_disposed)
register_keeper(Keeper("files.attachment", held.after, held.of, held.names))
register_holder(
    Holder(
        "files.attachments",
        "附件",
        erasing.count_attachments,
        erasing.destroy_attachments,
        floor=erasing.held_back,
    )
)

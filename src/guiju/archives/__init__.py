"""The one door through which anything is deleted: holds, retention floors, two people, a register (档案：销毁)."""

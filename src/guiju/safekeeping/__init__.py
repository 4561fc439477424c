"""What is known of backups in the log and on screen (备份的记录): recovery keys, drills, restorations.

Above the organisations, because the log belongs to the group company; the backups themselves lie far below
(guiju.backups) and know neither tables nor people.
"""

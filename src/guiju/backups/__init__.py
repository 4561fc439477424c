"""Backups of the embedded database (备份): full and continuous, sealed, restored by one command.

taking.py       full backups, what goes when it is old, how fresh the newest restorable moment is
receiving.py    the write-ahead log as it is written, in pieces every few seconds
replication.py  the protocol in which the server sends it
keeping.py      both of them all day long
standing.py      what was decided about them, and what the keeper says
restoring.py    from a target and two sheets to a running database, newest or as of a moment
feeding.py      hands the log to the server that is being restored
drill.py        the newest restored into a second server and compared with the living one
tables.py       what is compared
target.py       where they lie: a folder (target_s3.py: a bucket)
layout.py       what they are called there
"""

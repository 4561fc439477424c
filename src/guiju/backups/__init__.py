"""Backups of the embedded database (备份): full and continuous, sealed, restored by one command.

taking.py     full backups, what goes when it is old, how fresh the newest restorable moment is
receiving.py  the write-ahead log as it is written, in pieces every few seconds
keeping.py    both of them all day long
restoring.py  from a target and two sheets to a running database, newest or as of a moment
drill.py      the newest restored into a second server and compared with the living one
target.py     where they lie: a folder (target_s3.py: S3)
layout.py     what they are called there
"""

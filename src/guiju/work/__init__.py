"""Work that passes from hand to hand: tasks, approval by another person, escalation, hand-over (待办与审批)."""

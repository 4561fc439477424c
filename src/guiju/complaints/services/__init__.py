"""What may be done with complaints, each in one service (投诉的办理)."""

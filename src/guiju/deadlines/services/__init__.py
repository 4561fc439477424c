from guiju.deadlines.services.calendar import Entered, enter_notice, read_year

__all__ = ["Entered", "enter_notice", "read_year"]

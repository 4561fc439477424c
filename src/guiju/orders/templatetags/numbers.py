"""Numbers as pages show them."""

from django import template

from guiju.orders.values import plain, yuan

register = template.Library()
register.filter("plain", plain)
register.filter("yuan", yuan)

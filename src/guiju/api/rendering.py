"""JSON that people can read as well: Chinese stays Chinese."""

from ninja.renderers import JSONRenderer


class ReadableJSON(JSONRenderer):
    json_dumps_params = {"ensure_ascii": False}

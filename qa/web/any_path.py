"""Whole paths as parameters of an address, line breaks among them, which `path` leaves out: `{article:any}`."""

from starlette.convertors import PathConvertor, register_url_convertor


class AnyPath(PathConvertor):
    """A path of whatever characters."""

    regex = "(?s:.*)"


register_url_convertor("any", AnyPath())

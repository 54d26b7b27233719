"""What is raised when a model cannot be had; shared by all that load one."""


class Unloadable(Exception):
    """The model is not there or not of a kind that can be served; the text is one line."""


class Unreachable(Unloadable):
    """The hub does not answer right now; later it may."""

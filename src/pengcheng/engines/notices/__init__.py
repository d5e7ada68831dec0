"""Notices (消息): what a person, an account or a unit should know, kept until read.

A notice carries a kind and facts; its sentence is looked up in the reader's language. How it also
goes out (text message, mail) is a channel that a city configures; none is simulated here.
"""

from pengcheng.engines.notices.model import NewNotice, Notice
from pengcheng.engines.notices.service import Notices

HUB = "capability"

__all__ = ["HUB", "NewNotice", "Notice", "Notices"]

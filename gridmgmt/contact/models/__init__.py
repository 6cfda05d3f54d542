"""Models of the application, a file a noun."""

from gridmgmt.contact.models.channel import ReportingKey
from gridmgmt.contact.models.message import Message, MessageTemplate, Phone, ReporterPhone, StaffPhone
from gridmgmt.contact.models.notice import Notice
from gridmgmt.contact.models.rating import FollowUp, RateLink, Rating
from gridmgmt.contact.models.receipt import Receipt

__all__ = [
    "FollowUp",
    "Message",
    "MessageTemplate",
    "Notice",
    "Phone",
    "RateLink",
    "Rating",
    "Receipt",
    "ReporterPhone",
    "ReportingKey",
    "StaffPhone",
]

"""Models of the application, a file a noun."""

from gridmgmt.contact.models.rating import FollowUp, RateLink, Rating
from gridmgmt.contact.models.receipt import GuessBudget, Receipt

__all__ = ["FollowUp", "GuessBudget", "RateLink", "Rating", "Receipt"]

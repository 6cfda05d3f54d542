"""Sentences that scripts show. The page carries them, so that scripts need no catalogue of their own."""

from __future__ import annotations

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _

PHRASES = (
    _("Green: in time"),
    _("Yellow: near the limit"),
    _("Red: over the limit"),
    _("Grey: clock paused"),
    _("Finished"),
    _("%(n)d min"),
    _("less than a minute"),
    _("%(span)s left"),
    _("overdue by %(span)s"),
    _("No connection. Nothing was lost; try again."),
    _("You were signed out. Sign in again in another tab, then retry."),
    _("The server answered %(status)s. Nothing was changed."),
    _("This could not be shown."),
    _("Close"),
    _("Nothing is being made any more; the files are listed"),
    _("Photo"),
    _("Previous photo"),
    _("Next photo"),
    _("Somebody was faster: the case is now in the state “%(stage)s”. Your entry was not stored."),
    _("Show the present state"),
    _("%(n)d cases, the most urgent: %(lamp)s"),
    _("%(n)d new reports on the map"),
    _("%(n)d and more"),
    _("Nothing found. Try the last digits of the number, or a building's name."),
    _("Try again"),
    _("This case has just moved on."),
    _("Connecting …"),
    _("Live"),
    _("Connection lost, trying again"),
    _("Finding your position …"),
    _("Accurate to %(n)d m"),
    _("Only accurate to %(n)d m: tap the map where it is."),
    _("Your position could not be found. Tap the map where it is."),
    _("Place chosen on the map"),
    _("Remove photo %(n)d"),
    _("Photo %(n)d"),
    _("%(name)s is not a photo and was left out."),
    _("At most %(n)d photos."),
    _("Choose what it is."),
    _("Tap the map where it is, or allow the position."),
    _("Add at least one photo, or write what you saw."),
    _("Add a photo of it put right."),
    _("Sending the report …"),
    _("Sending photo %(n)d of %(all)d …"),
    _("The report is stored as %(number)s; some photos are missing. Send again to complete it."),
    _("Send again"),
    _("Send"),
    _("This page needs a secure address (https) to find your position and to send photos."),
    _("Nothing fits. Try other words or the first letters of the pinyin."),
    _("Preparing photos …"),
    _("%(n)d tasks in this list now"),
)


def all_phrases() -> dict[str, str]:
    """English sentence → the sentence in the active language."""
    said = {text: gettext(text) for text in PHRASES}
    for one, many in (("%(n)d day", "%(n)d days"), ("%(n)d hour", "%(n)d hours")):
        said[one], said[many] = ngettext(one, many, 1), ngettext(one, many, 2)
    return said

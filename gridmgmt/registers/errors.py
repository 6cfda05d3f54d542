"""Refusals of changes to registers. No personal value stands in any of them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop as _

from geodata.errors import DomainError

_SENTENCES: dict[str, tuple[int, str]] = {
    "person_unknown": (404, _("There is no such person, or not in your area.")),
    "household_unknown": (404, _("There is no such household, or not in your area.")),
    "dwelling_unknown": (404, _("There is no such door, or not in your area.")),
    "register_not_permitted": (403, _("This is for the street's staff of that place.")),
    "register_changed": (409, _("Somebody changed this record meanwhile. Look at it again.")),
    "person_dead": (409, _("This person is registered as dead.")),
    "person_moved_out": (409, _("This person has moved out.")),
    "person_present": (409, _("This person lives here already.")),
    "person_already_there": (409, _("Somebody of this name and birth date is in the household already.")),
    "no_household": (409, _("This person belongs to no household.")),
    "not_a_member": (422, _("This person does not belong to the household.")),
    "day_in_future": (422, _("The day lies in the future.")),
    "day_before_birth": (422, _("The day lies before the birth.")),
    "day_before_start": (422, _("The day lies before the last change; it must not be earlier than %(earliest)s.")),
    "parent_too_young": (422, _("The parent would have been younger than 12 years.")),
    "head_needed": (422, _("The head leaves: say who becomes the head.")),
    "head_stays": (422, _("The head stays; no other head can be named.")),
    "head_not_a_member": (422, _("Only somebody who stays in the household can become its head.")),
    "head_already": (409, _("This person is the head already.")),
    "relations_incomplete": (422, _("Say for every other member how they are related to the head.")),
    "relation_unknown": (422, _("This relation is not in the list.")),
    "one_head_only": (422, _("A household has exactly one head.")),
    "nobody_moves": (422, _("Choose who leaves the household.")),
    "everybody_moves": (422, _("Everybody would leave; change the address of the household instead.")),
    "same_household": (422, _("This is the same household.")),
    "same_door": (422, _("This is the same door.")),
    "household_number_taken": (409, _("Another household has this number.")),
    "household_empty": (409, _("Nobody belongs to this household any more.")),
    "address_missing": (422, _("Say where to.")),
    "name_missing": (422, _("A name is needed.")),
    "name_form": (422, _("The name has a character that names do not have, or is too long.")),
    "value_unknown": (422, _("This value is not in the list.")),
    "birth_date_form": (422, _("The birth date is no possible day.")),
    "phone_form": (422, _("This is no telephone number.")),
    "id_no_contradicts": (422, _("Birth date or sex do not agree with the ID number.")),
    "id_no_taken": (409, _("Somebody else in the county has this ID number.")),
    "field_unknown": (422, _("This field cannot be changed here.")),
    "nothing_changes": (422, _("Nothing would change.")),
    "double_unknown": (404, _("There is no such pair, or not in your area.")),
    "double_decided": (409, _("Somebody has decided about this pair meanwhile.")),
    "merge_unknown": (404, _("There is no such merge, or not in your area.")),
    "other_county": (
        422,
        _("Records of two counties are not joined. Who goes to another county moves away here and moves in there."),
    ),
    "double_is_head": (
        409,
        _("The record whose household is not taken is head of other people. Change the head there first."),
    ),
    "unmerge_changed": (409, _("The record was changed since the merge; take those changes back first.")),
    "unmerge_in_use": (409, _("Somebody took the place of one of the records meanwhile: a head, a number.")),
    "amendment_unknown": (404, _("There is no such amendment, or not in your area.")),
    "amendment_not_permitted": (403, _("Your role does not send amendments there.")),
    "amendment_conflict": (409, _("An amendment with this number is already stored with other content.")),
    "amendment_decided": (409, _("This amendment has been decided meanwhile.")),
    "amendment_field_unknown": (422, _("This field cannot be amended.")),
    "amendment_too_long": (422, _("At most %(most)s characters are kept; say it shorter.")),
    "act_unknown": (422, _("This is nothing that can be decided here.")),
    "amendment_by_hand": (
        409,
        _("This cannot be written by itself. Do it on the record, then say that it was done by hand."),
    ),
    "amendment_photo_unknown": (404, _("This amendment has announced no photo.")),
    "amendment_photo_refused": (
        422,
        _("The amendment is kept, its photo is not: %(why)s Send the form again with another photo."),
    ),
    "rule_not_permitted": (422, _("Amendments of this field are always looked at.")),
    "day_missing": (422, _("Say on which day.")),
    "life_rule_unknown": (404, _("There is no such rule.")),
    "life_todo_unknown": (404, _("There is no such to-do, or it is another department's.")),
    "life_todo_ended": (409, _("This to-do has ended already.")),
}  # fmt: skip


def refusal(code: str, **data: Any) -> DomainError:
    """The error of a code; ``data`` tells which field, day or row it is about."""
    status, message = _SENTENCES[code]
    return DomainError(code=code, status=status, message=message, data=data)

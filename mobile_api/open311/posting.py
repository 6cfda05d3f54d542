"""Posting: a form becomes a report and goes the way of every report (cases.intake), its pictures that of every photo.

Who wrote it is not kept, but for a mobile number, sealed as a desk would; an address given as ``media_url`` is never fetched.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_noop as _

from geodata.errors import DomainError
from geodata.models import Building
from geodata.personal import search_key
from gridmgmt.cases import intake, photos
from gridmgmt.cases.intake import PhotoDeclaration, Receipt, ReportDraft
from gridmgmt.cases.models import Report
from gridmgmt.cases.report_body import ONE_LINE, PHOTOS_PER_ROLE, PLAIN_TEXT
from gridmgmt.contact import phones, reporting_keys
from gridmgmt.contact.models import ReportingKey
from gridmgmt.registers import places
from mobile_api.open311 import errors, services

TEXT_MOST, ADDRESS_MOST, URL_MOST = 4000, 160, 500
ATTRIBUTE = re.compile(r"attribute\[([A-Za-z0-9_]{1,40})\](\[\])?")
DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,20})?", re.ASCII)
COMPONENT_CODE = re.compile(r"[0-9]{16}", re.ASCII)
IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,128}")
# Who wrote: told apart by it when the same words come twice, and let go.
SENDER = ("phone", "email", "account_id", "device_id", "first_name", "last_name")
# The same content again within this time is the same report, for clients that send no Idempotency-Key.
AGAIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Posted:
    """What a form says, read and checked; ``files`` with their SHA-256, ``sender`` in the order of SENDER."""

    service_code: str
    lon: float
    lat: float
    address: str
    text: str
    standard: int | None
    component: str | None
    media_url: str
    sender: tuple[str, ...]
    files: tuple[tuple[UploadedFile[Any], bytes], ...]

    @property
    def phone(self) -> str:
        """The number given, as typed."""
        return self.sender[SENDER.index("phone")]

    def payload(self) -> dict[str, Any]:
        """What is kept of the form with the report: nothing of who sent it."""
        return {
            "service_code": self.service_code, "lat": self.lat, "long": self.lon, "address_string": self.address,
            "description": self.text, "standard": self.standard, "component": self.component,
            "media_url": self.media_url,
        }  # fmt: skip

    def digest(self) -> bytes:
        """32 bytes of everything said, pictures and sender too. Keyed: who reads the database and the payload cannot find
        the sender's number by trying all of them."""
        told = {**self.payload(), "media": [sha.hex() for _file, sha in self.files], "sender": self.sender}
        return search_key(json.dumps(told, sort_keys=True, ensure_ascii=False), column="open311.report")


def post(
    form: QueryDict,
    files: MultiValueDict[str, UploadedFile[Any]],
    *,
    key: ReportingKey,
    once: str,
    under: str,
    at: datetime,
) -> Receipt:
    """Store what was posted; said again it is the same report. ``once``: the client's Idempotency-Key; ``under``: the
    jurisdiction named. Errors: of reading, place_outside 400, those of intake and of photos."""
    posted = read(form, files, key=key)
    _lies_under(posted, key.scope_code, under)
    draft = _draft(posted, key, once, at)
    sender = reporting_keys.sender_of(key)
    receipt = intake.submit_report(draft=draft, sender=sender, at=at)
    for declared, (file, _sha) in zip(draft.photos, posted.files, strict=True):
        file.seek(0)
        photos.store_photo(
            photo_id=declared.id, stream=file, sender=sender, at=at, content_type=file.content_type or ""
        )
    if posted.phone:
        phones.note_sent(case_id=receipt.case_id, typed=posted.phone, at=at)
    return receipt


def number_of(token: str, *, key: ReportingKey) -> str:
    """The number of the report that a key sent under this Idempotency-Key. Error 404."""
    row = (
        Report.objects.filter(pk=_id_of(key, token), reporter_id=key.account_id)
        .select_related("case")
        .first()
    )
    if row is None:
        raise errors.not_found("token")
    return row.case.number


def once_of(header: str) -> str:
    """An Idempotency-Key: 1 to 128 visible characters; "" for none. Error 400."""
    if header and not IDEMPOTENCY_KEY.fullmatch(header):
        raise errors.invalid("Idempotency-Key")
    return header


def read(form: QueryDict, files: MultiValueDict[str, UploadedFile[Any]], *, key: ReportingKey) -> Posted:
    """Everything a form says, or the first fault. Pictures are tried out, so that none is announced that cannot be kept."""
    code = form.get("service_code", "").strip()
    if not code:
        raise errors.missing("service_code")
    category = services.service(code)
    address = _line(form, "address_string", ADDRESS_MOST)
    lon, lat = _place(form, address, key)
    attributes = _attributes(form)
    known = {one["code"] for one in services.definition(category)["attributes"]}
    for name in attributes.keys() - known:
        raise errors.invalid(f"attribute[{name}]")
    standard = attributes.get(services.STANDARD, "")
    if standard and standard not in {str(row.seq) for row in category.standards.all()}:
        raise errors.invalid("attribute[standard]")
    component = attributes.get(services.COMPONENT, "")
    if component and not COMPONENT_CODE.fullmatch(component):
        raise errors.invalid("attribute[component]")
    return Posted(
        service_code=category.key, lon=lon, lat=lat, address=address, text=_text(form),
        standard=int(standard) if standard else None, component=component or None,
        media_url=_line(form, "media_url", URL_MOST), sender=tuple(form.get(name, "")[:200].strip() for name in SENDER),
        files=_pictures(files),
    )  # fmt: skip


def _place(form: QueryDict, address: str, key: ReportingKey) -> tuple[float, float]:
    """Longitude and latitude: as given, else of the building that the address surely means."""
    lat, lon = form.get("lat", "").strip(), form.get("long", "").strip()
    if lat or lon:
        return _degrees(lon, "long", 180), _degrees(lat, "lat", 90)
    if not address:
        raise errors.missing("lat, long")
    found = places.find(address, [key.scope_code])
    building = Building.objects.filter(pk=found.building).first() if found.building else None
    if building is None:
        raise DomainError(
            code="address_not_found",
            message=_("address_string names no single building here; send lat and long."),
        )
    spot = building.geom.point_on_surface
    return spot.x, spot.y


def _degrees(text: str, name: str, most: int) -> float:
    if not text:
        raise errors.missing(name)
    value = float(text) if DEGREES.fullmatch(text) else None
    if value is None or abs(value) > most:
        raise errors.invalid(name)
    return value


def _lies_under(posted: Posted, *codes: str) -> None:
    """Within the key's place and the jurisdiction named: nobody can send a report into a street that knows nothing of it."""
    found = intake.code_at(posted.lon, posted.lat)
    if not found or not all(found.startswith(code) for code in codes):
        raise DomainError(code="place_outside", message=_("This place lies outside of the jurisdiction."))


def _line(form: QueryDict, name: str, most: int) -> str:
    text = form.get(name, "").strip()
    if len(text) > most or not re.fullmatch(ONE_LINE, text):
        raise errors.invalid(name)
    return text


def _text(form: QueryDict) -> str:
    text = form.get("description", "").replace("\r\n", "\n").strip()
    if len(text) > TEXT_MOST or not re.fullmatch(PLAIN_TEXT, text):
        raise errors.invalid("description")
    return text


def _attributes(form: QueryDict) -> dict[str, str]:
    """``attribute[code]=value``; none of ours takes several values."""
    found: dict[str, str] = {}
    for name in form:
        named = ATTRIBUTE.fullmatch(name)
        if named is None:
            if name.startswith("attribute"):
                raise errors.invalid("attribute")
            continue
        values = [value.strip() for value in form.getlist(name) if value.strip()]
        if len(values) > 1:
            raise errors.invalid(f"attribute[{named[1]}]")
        if values:
            found[named[1]] = values[0]
    return found


def _pictures(files: MultiValueDict[str, UploadedFile[Any]]) -> tuple[tuple[UploadedFile[Any], bytes], ...]:
    """Every file of the form, whatever its field is called; each is read to its end before anything is kept."""
    given = [file for name in sorted(files) for file in files.getlist(name)]
    if len(given) > PHOTOS_PER_ROLE:
        raise errors.invalid("media")
    found: dict[bytes, UploadedFile[Any]] = {}
    for file in given:
        found.setdefault(photos.try_out(UUID(int=0), file), file)
    return tuple((file, sha) for sha, file in found.items())


def _draft(posted: Posted, key: ReportingKey, once: str, at: datetime) -> ReportDraft:
    """The report. Its number follows from the Idempotency-Key, else from the content and the quarter of an hour."""
    sha = posted.digest()
    report_id = _id_of(key, once) if once else _recent_id(key, sha, at)
    declared = tuple(PhotoDeclaration(uuid5(report_id, one.hex()), one) for _file, one in posted.files)
    draft = ReportDraft(
        id=report_id, category_key=posted.service_code, source=key.source_id, x=posted.lon, y=posted.lat, datum="wgs84",
        captured_at=at, payload={**posted.payload(), "channel": {"key": str(key.pk), "name": key.name}},
        payload_sha256=sha, standard_seq=posted.standard, text=posted.text, address=posted.address, photos=declared,
        fixed=False,
    )  # fmt: skip
    return replace(draft, component_code=posted.component)


def _id_of(key: ReportingKey, once: str) -> UUID:
    return uuid5(key.pk, f"once:{once}")


def _recent_id(key: ReportingKey, sha: bytes, at: datetime) -> UUID:
    """The number of the same content of the last minutes, else a new one. Sent twice at once, it is one number as well."""
    slot = int(at.timestamp() // AGAIN.total_seconds())
    now, before = (uuid5(key.pk, f"same:{sha.hex()}:{number}") for number in (slot, slot - 1))
    kept = Report.objects.filter(pk=before, received_at__gt=at - AGAIN).exists()
    return before if kept else now

"""Photos for those who may see their case."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from gridmgmt.cases.photos import open_photo
from gridmgmt.organisation.scope import scope_of


@require_safe
def photo(request: HttpRequest, photo_id: UUID, size: str) -> HttpResponseBase:
    """The clean copy ("full") or the small one ("thumb"); checked anew each time it is shown."""
    if size not in ("full", "thumb"):
        raise Http404
    found = open_photo(scope_of(request.user), photo_id, "full" if size == "full" else "thumb")
    tag = f'"{found.tag}"'
    # Asked for again each time: whoever lost the right, or signed out, finds nothing in the browser's cache to show.
    headers = {"Cache-Control": "private, no-cache", "ETag": tag}
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers=headers)
    return FileResponse(found.path.open("rb"), content_type="image/jpeg", headers=headers)

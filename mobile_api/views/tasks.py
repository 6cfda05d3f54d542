"""The tray of a phone: my tasks, those I may take on, and how they change hands."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_noop as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from pydantic_core import to_json
from rest_framework.request import Request
from rest_framework.views import APIView

from geodata.errors import DomainError
from gridmgmt.cases import reference, task_actions, task_queries
from mobile_api import queries, schema
from mobile_api.answers import answer, has, tagged
from mobile_api.authentication import session
from mobile_api.reading import body_of, length_of
from mobile_api.task_answers import (
    ColleaguesAnswer,
    HandOverAnswer,
    TaskAnswer,
    TaskPage,
    colleague_answer,
    task_answer,
    task_line,
)
from mobile_api.task_bodies import GiveBody, HandOverBody, ReasonBody
from mobile_api.views.reports import CURSOR, PAGE_MOST, PAGE_USUAL, page_size

VIEWS = ("mine", "pool", "done")
BODY = (
    "body_not_json",
    "body_too_large",
    "media_type_unsupported",
    "field_unknown",
    "text_control_character",
)
MOVED = ("task_unknown", "task_over")


def raw_body(request: Request) -> bytes:
    """The body, read once and by our own reader; an empty one is an empty object."""
    raw = request._request  # noqa: SLF001 - no parser of the framework
    return body_of(raw) if length_of(raw) else b"{}"


class TasksView(APIView):
    """The trays."""

    @extend_schema(
        operation_id="tasks",
        tags=["tasks"],
        summary="My tasks, those I may take on, or those I did lately",
        description="By time left, those without a limit last; done ones newest first. 304 when nothing has changed.",
        parameters=[
            OpenApiParameter("view", {"type": "string", "enum": list(VIEWS), "default": "mine"}),
            OpenApiParameter("cursor", CURSOR, description="`next` of the page before"),
            OpenApiParameter(
                "limit", {"type": "integer", "minimum": 1, "maximum": PAGE_MOST, "default": PAGE_USUAL}
            ),
            schema.PARAMETER_IF_NONE_MATCH,
        ],
        responses={
            200: TaskPage,
            304: OpenApiResponse(description="The phone has this version"),
            **schema.failures(*schema.TOKEN, "cursor_invalid", "limit_invalid", "view_unknown"),
        },
    )
    def get(self, request: Request) -> HttpResponse:
        """A page by cursor with a tag over its content."""
        user = session(request).user()
        view = request.query_params.get("view", "mine")
        if view not in VIEWS:
            raise DomainError(code="view_unknown", status=422, message=_("There is no such list of tasks."))
        cursor = request.query_params.get("cursor", "")
        rows, place = task_queries.tray_page(
            user,
            view,
            after=queries.read_cursor(cursor) if cursor else None,
            limit=page_size(request.query_params.get("limit")),
            now=timezone.now(),
        )
        flows = reference.current().flows
        page: dict[str, Any] = {
            "results": [task_line(row, user.pk, flows) for row in rows],
            "next": queries.make_cursor(*place) if place else None,
        }
        body = to_json(page).decode()
        tag = hashlib.sha256(body.encode()).hexdigest()[:32]
        return tagged(tag, None if has(request, tag) else body)


class TaskView(APIView):
    """One task."""

    @extend_schema(
        operation_id="task",
        tags=["tasks"],
        summary="A task with the steps that may be taken, photos and changes of hands",
        responses={200: TaskAnswer, **schema.failures(*schema.TOKEN, "task_unknown")},
    )
    def get(self, request: Request, task_id: UUID) -> HttpResponse:
        """Everything the screen of a task shows."""
        return shown(request, task_id)


def shown(request: Request, task_id: UUID) -> HttpResponse:
    """The task as it stands now."""
    user = session(request).user()
    return answer(task_answer(task_queries.one_task(user, task_id, now=timezone.now()), user))


class ClaimView(APIView):
    """Taking a task on."""

    @extend_schema(
        operation_id="claim_task",
        tags=["tasks"],
        summary="Take a task on",
        description="One gets it, everybody else 409 with who has it. Sent again by the same person: the same answer.",
        request=None,
        responses={
            200: TaskAnswer,
            **schema.failures(*schema.TOKEN, *MOVED, "task_not_permitted", "task_taken"),
        },
    )
    def post(self, request: Request, task_id: UUID) -> HttpResponse:
        """Compare and set."""
        task_actions.claim(task_id=task_id, by=session(request).user(), at=timezone.now())
        return shown(request, task_id)


class ReleaseView(APIView):
    """Putting a task back."""

    @extend_schema(
        operation_id="release_task",
        tags=["tasks"],
        summary="Put a task back into the pool",
        request=ReasonBody,
        responses={
            200: TaskAnswer,
            **schema.failures(*schema.TOKEN, *MOVED, *BODY, "task_not_yours", "task_reason_missing"),
        },
    )
    def post(self, request: Request, task_id: UUID) -> HttpResponse:
        """Who has it, or who distributes work there with a reason."""
        body = ReasonBody.model_validate_json(raw_body(request))
        task_actions.release(
            task_id=task_id, by=session(request).user(), at=timezone.now(), reason=body.reason
        )
        return shown(request, task_id)


class GiveView(APIView):
    """Giving a task to a colleague."""

    @extend_schema(
        operation_id="give_task",
        tags=["tasks"],
        summary="Give a task to a colleague, with a reason",
        request=GiveBody,
        responses={
            200: TaskAnswer,
            **schema.failures(
                *schema.TOKEN, *MOVED, *BODY, "task_not_yours", "task_taker_unfit", "task_reason_missing"
            ),
        },
    )
    def post(self, request: Request, task_id: UUID) -> HttpResponse:
        """It is offered to them; they take it on."""
        body = GiveBody.model_validate_json(raw_body(request))
        task_actions.give(
            task_id=task_id, to=body.to, by=session(request).user(), at=timezone.now(), reason=body.reason
        )
        return shown(request, task_id)


class ColleaguesView(APIView):
    """Who else could do a task."""

    @extend_schema(
        operation_id="colleagues",
        tags=["tasks"],
        summary="Who else could do a task, with what they have in hand",
        responses={200: ColleaguesAnswer, **schema.failures(*schema.TOKEN, "task_unknown")},
    )
    def get(self, request: Request, task_id: UUID) -> HttpResponse:
        """On duty first, then the nearest."""
        now = timezone.now()
        task = task_queries.one_task(session(request).user(), task_id, now=now)
        people = task_queries.colleagues(task, now=now)
        return answer({"results": [colleague_answer(person) for person in people]})


class HandOverView(APIView):
    """All tasks at once."""

    @extend_schema(
        operation_id="hand_over",
        tags=["tasks"],
        summary="All my tasks to a colleague, or back to the pool",
        request=HandOverBody,
        responses={200: HandOverAnswer, **schema.failures(*schema.TOKEN, *BODY, "task_taker_unfit")},
    )
    def post(self, request: Request) -> HttpResponse:
        """In one step; what the colleague could not do goes to the pool."""
        body = HandOverBody.model_validate_json(raw_body(request))
        user = session(request).user()
        done = task_actions.hand_over(whose=user, to=body.to, by=user, at=timezone.now(), reason=body.reason)
        return answer({"given": done.given, "pooled": done.pooled})

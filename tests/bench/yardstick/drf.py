"""The same work as most teams would write it: DRF serializer, ORM, one transaction; token, routing, history, outbox."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import connection, transaction
from django.utils import timezone
from knox.auth import TokenAuthentication
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from geodata.models import Cell
from gridmgmt.cases.models import (
    Case,
    CaseHistory,
    CaseSource,
    Category,
    Procedure,
    Report,
    RoutingRule,
)
from gridmgmt.events.models import OutboxEvent
from gridmgmt.organisation.models import Department


class PointSerializer(serializers.Serializer):
    x = serializers.FloatField(min_value=-180, max_value=180)
    y = serializers.FloatField(min_value=-90, max_value=90)
    datum = serializers.ChoiceField(choices=["wgs84", "cgcs2000", "gcj02", "bd09"])
    accuracy_m = serializers.FloatField(required=False, allow_null=True)


class ReportSerializer(serializers.Serializer):
    category = serializers.PrimaryKeyRelatedField(queryset=Category.objects.filter(active=True))
    source = serializers.PrimaryKeyRelatedField(queryset=CaseSource.objects.all())
    point = PointSerializer()
    captured_at = serializers.DateTimeField()
    text = serializers.CharField(max_length=2000, allow_blank=True)
    photos = serializers.ListField(child=serializers.DictField(), max_length=18, required=False)

    @transaction.atomic
    def create(self, validated_data: dict[str, Any]) -> Case:
        now, user = timezone.now(), self.context["request"].user
        point = Point(validated_data["point"]["x"], validated_data["point"]["y"], srid=4326)
        cell = Cell.objects.filter(active=True, geom__covers=point).order_by("code").first()
        category = validated_data["category"]
        rules = RoutingRule.objects.filter(
            category_key__in=[category.key, category.key[:3], category.key[:1], ""]
        )
        rule = sorted(rules, key=lambda r: (-len(r.category_key), -len(r.area_code)))[0]
        department = Department.objects.filter(
            key=rule.department_key, scope_code__in=[cell.code[:12], cell.code[:9], cell.code[:6]]
        ).first()
        standard = category.standards.first()
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('cases_number_seq')")
            serial = cursor.fetchone()[0]
        case = Case.objects.create(
            number=f"BX{now:%Y%m%d}-{serial:06d}", county=cell.code[:6], cell_code=cell.code, category=category,
            procedure=Procedure.objects.get(key="street_case", state="published"), stage="reported",
            source=validated_data["source"],
            standard=standard, department=department, reporter=user, text=validated_data["text"], geom=point,
            reported_at=now, stage_since=now, due_at=now + timedelta(days=1), edition_id=cell.edition_id,
            decision={"rule": rule.key},
        )  # fmt: skip
        Report.objects.create(
            id=self.context["report_id"], case=case, county=case.county, payload=self.initial_data,
            payload_sha256=self.context["sha256"], reporter=user, captured_at=validated_data["captured_at"],
            received_at=now, datum="wgs84", source_x=point.x, source_y=point.y, geom=point,
        )  # fmt: skip
        CaseHistory.objects.create(case=case, seq=1, action="report", to_stage="reported", actor=user, at=now)
        OutboxEvent.objects.create(
            topic="case.reported", cell_code=case.cell_code, payload={"number": case.number}
        )
        return case


class ReportView(APIView):
    authentication_classes = (TokenAuthentication,)
    permission_classes = (IsAuthenticated,)

    def put(self, request: Request, report_id: UUID) -> Response:
        stored = Report.objects.filter(pk=report_id).select_related("case").first()
        if stored is not None:
            return Response({"number": stored.case.number})
        sha256 = hashlib.sha256(repr(request.data).encode()).digest()
        serializer = ReportSerializer(
            data=request.data, context={"request": request, "report_id": report_id, "sha256": sha256}
        )
        serializer.is_valid(raise_exception=True)
        case = serializer.save()
        return Response({"number": case.number, "stage": case.stage}, status=201)

"""Every fault in a catalogue file is refused with its file and line."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from geodata.errors import DomainError
from gridmgmt.cases.catalogue_files import CASES_DATA, ORGANISATION_DATA, catalogue_digest, load_catalogue

FILES = sorted([*CASES_DATA.glob("*.csv"), *ORGANISATION_DATA.glob("*.csv")])


@dataclass
class Copy:
    """A copy of both folders that a test may damage."""

    cases: Path
    organisation: Path

    def path(self, name: str) -> Path:
        return (self.organisation if name == "departments.csv" else self.cases) / name

    def replace(self, name: str, old: str, new: str) -> int:
        """Swaps the only occurrence (in the first flow, where a file holds several); the line it stands on."""
        text = self.path(name).read_text(encoding="utf-8")
        first = text.partition("\non_the_spot,")[0]
        assert first.count(old) == 1, f"{old!r} occurs {first.count(old)} times in {name}"
        self.path(name).write_text(text.replace(old, new, 1), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1 + (1 if old.startswith("\n") else 0)

    def add(self, name: str, line: str) -> int:
        text = self.path(name).read_text(encoding="utf-8")
        self.path(name).write_text(f"{text}{line}\n", encoding="utf-8")
        return text.count("\n") + 1

    def fault(self) -> DomainError:
        with pytest.raises(DomainError) as caught:
            load_catalogue(self.cases, self.organisation)
        return caught.value


@pytest.fixture
def files(tmp_path: Path) -> Copy:
    copy = Copy(tmp_path / "cases", tmp_path / "organisation")
    shutil.copytree(CASES_DATA, copy.cases)
    shutil.copytree(ORGANISATION_DATA, copy.organisation)
    return copy


FAULTS = {
    "categories.csv": {
        "key and codes differ": ("\nC0198,", "\nC0197,", "bad_value"),
        "kind and key differ": ("\nC0198,component", "\nC0198,event", "bad_value"),
        "initials too short": ("Fire hydrant,xhs", "Fire hydrant,xh", "bad_value"),
        "unknown icon": ("xhs,18,fire", "xhs,18,rocket", "bad_value"),
        "no English name": ("Fire hydrant,", ",", "missing_value"),
        "two names for a major": ("公用设施,Public utilities,98,", "公用,Public utilities,98,", "bad_value"),
        "space around a name": (",消火栓,", ", 消火栓,", "bad_value"),
        "rank not a number": ("xhs,18,", "xhs,²,", "bad_value"),
    },
    "case_standards.csv": {
        "limit missing": ("已转达,Passed on,5,work_day", "已转达,Passed on,,work_day", "missing_value"),
        "limit of nothing": ("已转达,Passed on,5,work_day", "已转达,Passed on,0,work_day", "bad_value"),
        "unknown unit": ("已转达,Passed on,5,work_day", "已转达,Passed on,5,day", "bad_value"),
        "standard of no category": ("\nG0103,1,", "\nG0199,1,", "unknown_reference"),
        "gap in the numbers": ("\nG0103,1,", "\nG0103,2,", "bad_sequence"),
    },
    "routing_rules.csv": {
        "unknown department": (
            "\nG08,G08,,,,,,street_office",
            "\nG08,G08,,,,,,moon_office",
            "unknown_reference",
        ),
        "rule of no category": ("\nG08,G08,", "\nG08,G09,", "unknown_reference"),
        "rule of no source": (",letter,", ",pigeon,", "unknown_reference"),
        "rule of no owner": (
            "\nC0137-owner-street,C0137,,,street,",
            "\nC0137-owner-street,C0137,,,moon,",
            "unknown_reference",
        ),
        "owner of an event": ("\nC0137-owner-street,C0137,", "\nC0137-owner-street,E0113,", "bad_value"),
        "area of no level": ("\nG08,G08,,", "\nG08,G08,4401,", "bad_value"),
        "window without end": ("22:00,06:00", "22:00,", "bad_value"),
        "window of no length": ("22:00,06:00", "22:00,22:00", "bad_value"),
        "no such time": ("22:00,06:00", "24:00,06:00", "bad_value"),
        "same condition twice": ("\nL01-night,L01,,,,22:00,06:00", "\nL01-night,L01,,,,,", "duplicate"),
    },
    "component_owners.csv": {
        "owner without department": (",transit_company", ",moon_company", "unknown_reference"),
    },
    "case_sources.csv": {
        "source neither public nor own": ("\nfax,传真,Fax,1", "\nfax,传真,Fax,yes", "bad_value"),
    },
    "departments.csv": {
        "no parent": ("squad,enforcement_squad,", "squad,moon_squad,", "unknown_reference"),
        "its own parent": ("squad,enforcement_squad,", "squad,enforcement_duty_team,", "bad_value"),
        "parent below its child": ("squad,enforcement_squad,", "squad,property_company,", "bad_value"),
        "two of last resort": (
            "street,office,street_office,0,来信来访",
            "street,office,street_office,1,来信来访",
            "last_resort",
        ),
        "unknown level": ("Power company,county", "Power company,moon", "bad_value"),
    },
    "stages.csv": {
        "stage of no procedure": ("\nstreet_case,hung,", "\nmoon_case,hung,", "unknown_reference"),
        "stage twice": ("\nstreet_case,hung,", "\nstreet_case,returned,", "duplicate"),
        "end with a limit": (",Voided,,final,,,", ",Voided,,final,2,work_day,", "bad_value"),
        "stage of nobody": ("Hung,handler,", "Hung,,", "missing_value"),
        "end with an owner": (",Voided,,", ",Voided,handler,", "bad_value"),
    },
    "transitions.csv": {
        "unknown stage": ("Void,voided", "Void,moon", "unknown_stage"),
        "unknown role": ("Void,voided,,refuse,registrar", "Void,voided,,refuse,astronaut", "unknown_role"),
        "step for nobody": ("Void,voided,,refuse,registrar", "Void,voided,,refuse,", "missing_value"),
        "role twice": (
            "worker|registrar,own_cell,photo_site",
            "worker|worker,own_cell,photo_site",
            "bad_value",
        ),
        "unknown requirement": ("registrar,any,photo_after", "registrar,any,rocket", "unknown_field"),
        "unknown relation": ("registrar,any,photo_after", "registrar,cousin,photo_after", "unknown_relation"),
        "two beginnings": (
            "\nstreet_case,hung,resume,,恢复处置,Resume,handling",
            "\nstreet_case,,resume,,恢复处置,Resume,handling",
            "no_beginning",
        ),
        "beginning that stays": ("上报,Report,reported", "上报,Report,*", "beginning_without_stage"),
        "for all and for some": (",accept,own,", ",accept,,", "step_twice"),
        "pause without pausing": ("any,until,,pause,", "any,until,,none,", "clock_mismatch"),
        "waking without resuming": ("system,any,,,resume", "system,any,,,none", "clock_mismatch"),
        "end without stopping": (
            "own_cell,photo_site,,stop,",
            "own_cell,photo_site,,none,",
            "clock_mismatch",
        ),
        "pausing for nothing": (
            "own_department,,,none,,,,,,,\n",
            "own_department,,,pause,,,,,,,\n",
            "clock_mismatch",
        ),
        "request of no kind": (",none,,,hang,refuse", ",none,,,moon,refuse", "unknown_request"),
        "end left in silence": (",reopened|branches_end:recall,", ",,", "end_left"),
        "platform without a reason": (",,stage_limit,", ",,,", "platform_never_acts"),
        "unknown effect": (",reopened|branches_end:recall,", ",party,", "unknown_effect"),
        "unknown guard": (",overdue|not_exempt,", ",overdue|sunny,", "unknown_guard"),
    },
}


@pytest.mark.parametrize(
    ("file", "name"), [(file, name) for file, faults in FAULTS.items() for name in faults]
)
def test_a_fault_is_refused_with_its_line(files: Copy, file: str, name: str) -> None:
    old, new, code = FAULTS[file][name]
    line = files.replace(file, old, new)
    fault = files.fault()
    assert (fault.code, fault.data["file"], fault.data["line"]) == (f"catalogue_{code}", file, line)
    assert file in str(fault)


@pytest.mark.parametrize(
    "name", ["categories.csv", "transitions.csv", "case_sources.csv", "routing_rules.csv"]
)
def test_a_line_twice_is_refused(files: Copy, name: str) -> None:
    last = files.path(name).read_text(encoding="utf-8").splitlines()[-1]
    line = files.add(name, last)
    fault = files.fault()
    assert (fault.code, fault.data["line"]) == ("catalogue_duplicate", line)


def test_a_category_without_standard_is_refused(files: Copy) -> None:
    line = files.add(
        "categories.csv",
        "L9902,livelihood,99,其他诉求,Other requests,02,新诉求,New request,xsq,500,document,point,own",
    )
    fault = files.fault()
    assert (fault.code, fault.data["line"], fault.data["key"]) == ("catalogue_no_standard", line, "L9902")


def test_a_category_without_route_is_refused_though_there_is_a_last_resort(files: Copy) -> None:
    files.replace("routing_rules.csv", "\nG08,G08,,,,,,street_office,大类默认", "")
    fault = files.fault()
    assert (fault.code, fault.data["key"]) == ("catalogue_no_route", "G0801")


def test_a_rule_for_some_hours_is_not_a_route(files: Copy) -> None:
    files.replace(
        "routing_rules.csv", "\nG08,G08,,,,,,street_office", "\nG08,G08,,,,08:00,18:00,street_office"
    )
    assert files.fault().code == "catalogue_no_route"


def test_no_owner_of_last_resort_is_refused(files: Copy) -> None:
    files.replace("departments.csv", "government,,1,", "government,,0,")
    assert files.fault().code == "catalogue_last_resort"


def test_a_stage_that_nothing_leads_to_is_refused(files: Copy) -> None:
    line = files.add("stages.csv", "street_case,limbo,候补,Limbo,registrar,running,,,候补,Limbo")
    fault = files.fault()
    assert (fault.code, fault.data["line"]) == ("catalogue_unreachable_stage", line)


def test_a_stage_without_way_out_is_refused(files: Copy) -> None:
    line = files.add("stages.csv", "street_case,limbo,候补,Limbo,registrar,running,,,候补,Limbo")
    files.add(
        "transitions.csv",
        "street_case,pending_register,park,,搁置,Park,limbo,,go,registrar,any,,,none,,,,,,,",
    )
    fault = files.fault()
    assert (fault.code, fault.data["line"]) == ("catalogue_dead_end", line)


def test_a_way_out_for_own_reports_only_is_a_dead_end_for_public_ones(files: Copy) -> None:
    files.add("stages.csv", "street_case,limbo,候补,Limbo,registrar,running,,,候补,Limbo")
    files.add(
        "transitions.csv",
        "street_case,pending_register,park,,搁置,Park,limbo,,go,registrar,any,,,none,,,,,,,",
    )
    files.add(
        "transitions.csv",
        "street_case,limbo,wake,own,恢复,Wake,pending_register,,go,registrar,any,,,none,,,,,,,",
    )
    assert files.fault().code == "catalogue_dead_end"


def test_a_flow_without_beginning_is_refused(files: Copy) -> None:
    path = files.path("transitions.csv")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if ",report," not in line), encoding="utf-8")
    assert files.fault().code == "catalogue_no_beginning"


SPOILT = {
    "byte order mark": (lambda content: b"\xef\xbb\xbf" + content, "bad_header"),
    "column gone": (lambda content: content.replace(b",is_public", b"", 1), "bad_header"),
    "cell too many": (lambda content: content + b"x,y,z,1,2\n", "bad_width"),
    "blank line": (lambda content: content.replace(b"\nfax", b"\n\nfax", 1), "bad_width"),
    "open quote": (lambda content: content + b'"x,y,z,1\n', "bad_csv"),
    "other encoding": (lambda content: content.decode().encode("gb18030"), "unreadable"),
    "only a header": (lambda content: content.splitlines(keepends=True)[0], "empty"),
    "nothing": (lambda _content: b"", "bad_header"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_file_is_refused(files: Copy, name: str) -> None:
    spoil, code = SPOILT[name]
    path = files.path("case_sources.csv")
    path.write_bytes(spoil(path.read_bytes()))
    assert files.fault().code == f"catalogue_{code}"


def test_a_missing_file_is_refused(files: Copy) -> None:
    files.path("stages.csv").unlink()
    assert files.fault().code == "catalogue_unreadable"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_digest_changes_with_every_file(files: Copy, path: Path) -> None:
    before = catalogue_digest(files.cases, files.organisation)
    assert before == catalogue_digest()
    files.path(path.name).write_bytes(path.read_bytes() + b"\n")
    assert catalogue_digest(files.cases, files.organisation) != before

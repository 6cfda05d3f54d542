"""Number and code: guessing stands no chance, unknown and wrong look the same, nothing personal is shown."""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta
from statistics import median

import pytest
from django.test import Client
from django.urls import reverse

from geodata.errors import DomainError
from gridmgmt.contact import codes, receipts
from gridmgmt.contact.models import Receipt
from gridmgmt.contact.progress import progress_of
from tests.cases.test_steps import open_case, step
from tests.world import AT, World


def wrong(number: str, address: str = "198.51.100.7", code: str = "0000-0000", at=AT) -> str:
    with pytest.raises(DomainError) as caught:
        receipts.look_up(number=number, code=code, address=address, at=at)
    return caught.value.code


def test_a_code_is_forty_bits_and_forgives_how_it_is_typed() -> None:
    drawn = {codes.new_code() for _ in range(500)}
    assert len(drawn) == 500
    assert all(len(codes.plain(code)) == 8 and not set(code) & set("ILOU") for code in drawn)
    stored = codes.hashed("7K3M-9Q01")
    assert stored.startswith("$argon2id$")
    assert codes.fits(stored, " 7k3m 9qol ")
    assert not codes.fits(stored, "7K3M-9Q02")
    assert not codes.fits(None, "7K3M-9Q01")


def test_the_right_code_opens_and_a_new_one_ends_the_old(world: World) -> None:
    case = open_case(world)
    first = receipts.issue(case=case, by=world.worker, at=AT)
    second = receipts.issue(case=case, by=world.acceptor, at=AT)
    assert wrong(case.number, code=first) == "receipt_unknown"
    assert receipts.look_up(number=case.number.lower(), code=second.lower(), address="x", at=AT) == case
    assert second not in Receipt.objects.get().code_hash


def test_only_the_reporter_and_desks_make_codes(world: World) -> None:
    case = open_case(world)
    for name in ("handler", "other_worker", "leader", "dispatcher", "neighbour"):
        with pytest.raises(DomainError, match="receipt_not_permitted"):
            receipts.issue(case=case, by=world.people[name], at=AT)


def test_s13_ten_tries_for_a_number_whether_it_exists_or_not(world: World) -> None:
    case = open_case(world)
    code = receipts.issue(case=case, by=world.worker, at=AT)
    for number in (case.number, "YX20991231-999999"):
        told = [wrong(number, address=f"203.0.113.{n}") for n in range(12)]
        assert told == ["receipt_unknown"] * 10 + ["too_many_tries"] * 2
    assert wrong(case.number, address="a", code=code) == "too_many_tries", "the right code, too, must wait"
    assert receipts.look_up(number=case.number, code=code, address="a", at=AT + timedelta(minutes=11)) == case


def test_s13_one_code_sprayed_over_many_numbers_is_stopped_by_address_and_by_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [wrong(f"YX{n:06d}") for n in range(40)]
    assert told.count("receipt_unknown") == receipts.MOST_FOR_ADDRESS
    monkeypatch.setattr(receipts, "MOST_FOR_ALL", 50)
    told = [wrong(f"YY{n:06d}", address=f"addr-{n}") for n in range(60)]
    assert told.count("receipt_unknown") == 20, "thirty of the fifty went to the address before"


def test_s13_ten_thousand_guesses_get_nowhere(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case = open_case(world)
    code = receipts.issue(case=case, by=world.worker, at=AT)
    compared: list[str] = []

    def fits(stored: str | None, given: str) -> bool:
        compared.append(given)
        return stored is not None and given == code

    monkeypatch.setattr(codes, "fits", fits)
    began = time.perf_counter()
    guesses = [code if n == 5_000 else f"{n:04d}-0000" for n in range(10_000)]
    told = Counter(wrong(case.number, f"203.0.{n % 250}.7", guess) for n, guess in enumerate(guesses))
    assert told == {"receipt_unknown": 10, "too_many_tries": 9_990}
    assert compared == guesses[:10], "what is over the limit is not even compared, the right code neither"
    assert time.perf_counter() - began < 60
    assert receipts.look_up(number=case.number, code=code, address="a", at=AT + receipts.WINDOW) == case


def test_success_costs_no_tries(world: World) -> None:
    case = open_case(world)
    code = receipts.issue(case=case, by=world.worker, at=AT)
    for _ in range(12):
        receipts.look_up(number=case.number, code=code, address="a", at=AT)


def test_unknown_and_known_numbers_take_the_same_time(world: World, monkeypatch) -> None:
    monkeypatch.setattr(receipts, "MOST_FOR_NUMBER", 10_000)
    monkeypatch.setattr(receipts, "MOST_FOR_ADDRESS", 10_000)
    case = open_case(world)
    receipts.issue(case=case, by=world.worker, at=AT)
    spent: dict[str, list[float]] = {case.number: [], "YX20991231-999999": []}
    for _ in range(25):
        for number, times in spent.items():
            began = time.perf_counter()
            wrong(number)
            times.append(time.perf_counter() - began)
    known, unknown = (median(times) for times in spent.values())
    assert abs(known - unknown) < 0.35 * max(known, unknown), (known, unknown)


def test_the_page_tells_public_words_and_nothing_personal(world: World, client: Client) -> None:
    case = open_case(world, text="张三家门口 13800000000", address="梧桐路8号")
    step(world, case, "acceptor", "accept")
    code = receipts.issue(case=case, by=world.worker, at=AT)
    address = reverse("map_ui:track")
    assert client.get(address).status_code == 200, "nobody is signed in"
    page = client.post(address, {"number": case.number, "code": code}).content.decode()
    assert "正在审核" in page
    for private in ("13800000000", "张三", "梧桐路", "worker", "acceptor", code):
        assert private not in page
    refused = client.post(address, {"number": case.number, "code": "XXXX-XXXX"})
    unknown = client.post(address, {"number": "YX20991231-999999", "code": "XXXX-XXXX"})
    assert refused.status_code == unknown.status_code == 404
    assert refused.content.decode().replace(case.number, "").count(
        "编号或查询码"
    ) == unknown.content.decode().count("编号或查询码")


def test_a_merged_report_follows_its_master(world: World) -> None:
    master, case = open_case(world), open_case(world)
    step(world, case, "acceptor", "merge", master=master.number)
    step(world, master, "acceptor", "accept", at=AT + timedelta(minutes=5))
    case.refresh_from_db()
    shown = progress_of(case)
    assert shown.merged
    assert [one.words.name for one in shown.milestones] == ["已收到", "已并入相同事项", "正在审核"]


def test_a_case_page_offers_the_code_and_the_sheet_shows_it_once(world: World, client: Client) -> None:
    case = open_case(world)
    client.force_login(world.acceptor)
    assert (
        reverse("map_ui:case_receipt", args=[case.number])
        in client.get(f"/cases/{case.number}").content.decode()
    )
    sheet = client.post(reverse("map_ui:case_receipt", args=[case.number])).content.decode()
    code = sheet.split('id="code">')[1].split("<")[0]
    assert receipts.look_up(number=case.number, code=code, address="a", at=AT) == case
    client.force_login(world.handler)
    assert client.post(reverse("map_ui:case_receipt", args=[case.number])).status_code in (403, 404)

from __future__ import annotations

import re
from pathlib import Path

from django.urls import reverse

from gridmgmt.ops import proxy
from gridmgmt.ops.layout import ROOT
from importers import limits

TEXT = proxy.render(host="127.0.0.1", port=8123, web=9001, feed=9002, folder=Path("/x"), user="www-data")


def block(text: str, location: str) -> str:
    return text.split(f"location {location} {{", 1)[1].split("}", 1)[0]


def test_braces_are_balanced() -> None:
    assert TEXT.count("{") == TEXT.count("}")


def test_the_feed_is_unbuffered_and_may_stay_silent_long() -> None:
    feed = block(TEXT, "/feed/")
    assert "proxy_buffering off;" in feed
    assert "proxy_read_timeout 1h;" in feed
    assert "server 127.0.0.1:9002 " in TEXT


def test_everything_else_goes_to_the_web_process_after_the_body_is_complete() -> None:
    web = block(TEXT, "/")
    assert "proxy_pass http://web;" in web
    assert "proxy_request_buffering on;" in web
    assert "server 127.0.0.1:9001 " in TEXT


def test_a_file_may_be_as_large_as_the_importers_take() -> None:
    files = block(TEXT, "= /import/new")
    limit = int(re.search(r"client_max_body_size (\d+)m;", files)[1])  # type: ignore[index]
    assert limit * limits.MEGABYTE > limits.UPLOAD_BYTES
    assert reverse("importers:upload") == "/import/new"
    assert "proxy_request_buffering on;" in files


def test_addresses_that_hold_a_secret_are_written_nowhere() -> None:
    """Trackers and clients of Open311 put their secret into the address; nginx quotes addresses in its faults."""
    compose = (ROOT / "deploy" / "proxy.conf.template").read_text()
    for text in (TEXT, compose):
        assert re.search(r"^ *access_log off;", text, re.MULTILINE)
        for location in ("= /api/osmand", "/open311/"):
            assert "error_log /dev/null emerg;" in block(text, location)
            assert "proxy_pass http://web;" in block(text, location)
    assert reverse("osmand") == "/api/osmand"


def test_body_limit_header_rule_and_keep_alive() -> None:
    for line in (
        "client_max_body_size 64m;",
        "underscores_in_headers off;",
        "keepalive 32;",
        "server_tokens off;",
    ):
        assert line in TEXT


def test_a_client_cannot_claim_to_come_from_elsewhere() -> None:
    assert "X-Forwarded-For $remote_addr;" in TEXT
    assert "$proxy_add_x_forwarded_for" not in TEXT


def test_when_a_request_was_passed_on_is_told_by_the_proxy_alone() -> None:
    """By it mobile_api.crowd knows how long a request stood in line; a phone's own word is written over."""
    for text in (TEXT, (ROOT / "deploy" / "proxy.conf.template").read_text()):
        assert re.findall(r"proxy_set_header X-Queued-At (\S+);", text) == ["$msec"]
        for location in re.findall(r"location (\S+(?: /\S+)?) \{", text):
            assert "proxy_set_header" not in block(text, location), "it would drop the ones above"


def test_after_a_restart_not_everybody_comes_back_in_the_same_second() -> None:
    for text in (TEXT, (ROOT / "deploy" / "proxy.conf.template").read_text()):
        shares = re.search(r'split_clients "\$request_id" \$come_again \{([^}]+)\}', text)
        assert shares
        waits = re.findall(r"(\S+) (\d+);", shares[1])
        assert len({seconds for _share, seconds in waits}) == len(waits) == 10
        assert [share for share, _seconds in waits] == ["10%"] * 9 + ["*"]
        assert "add_header Retry-After $come_again always;" in block(text, "@restarting")


def test_an_ipv6_address_stands_in_brackets() -> None:
    text = proxy.render(host="::", port=80, web=1, feed=2, folder=Path("/x"))
    assert "listen [::]:80 " in text
    assert "user " not in text


def test_the_tls_proxy_keeps_the_same_rules() -> None:
    """What the own proxy promises about limits and buffering, compose's proxy promises too."""
    compose = (ROOT / "deploy" / "proxy.conf.template").read_text()
    wanted = (
        r"(client_\w+|underscores_in_headers|proxy_(?:request_)?buffering|server_tokens|access_log) [^;]+;"
    )
    ours = set(re.findall(wanted.replace("(client", "((?:client", 1).replace(") [", ") [", 1) + ")", TEXT))
    ours = {match if isinstance(match, str) else match[0] for match in ours}
    assert ours
    for line in ours:
        if "temp_path" not in line:
            assert line in compose

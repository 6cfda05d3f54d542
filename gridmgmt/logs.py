"""One JSON object per log line: nothing a stranger sends can start a line of its own."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime

PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request", "server_time"}


# What PostgreSQL tells of a refused row quotes the row ("Failing row contains (…)", "Key (phone)=(…)", a line of a COPY).
QUOTED = re.compile(
    r"^(DETAIL|CONTEXT):.*?(?=^\n(?:The above exception|During handling)|\Z)", re.MULTILINE | re.DOTALL
)


class JsonFormatter(logging.Formatter):
    """Formats a record as JSON; extra fields become keys, exceptions one escaped text."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        entry: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        entry.update({key: str(value) for key, value in vars(record).items() if key not in PLAIN})
        if record.exc_info:
            entry["exception"] = QUOTED.sub(r"\1: left out\n", self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)

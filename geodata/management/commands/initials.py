"""Write geodata/sql/05_name_initials.sql from the readings that pypinyin knows (a package of tests, not of the platform)."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

FIRST, LAST = 0x3400, 0x9FFF  # extension A and the common block, without a gap between
WIDTH = 96
# Surnames are read otherwise than the same sign elsewhere; only those whose first letter differs.
SURNAMES = {
    "单": "S", "曾": "Z", "仇": "Q", "解": "X", "查": "Z", "覃": "Q", "乐": "Y", "种": "C", "召": "S", "折": "S",
    "翟": "Z", "繁": "P", "秘": "B", "隗": "W", "郇": "X", "祭": "Z", "佴": "N", "藏": "Z", "阚": "K", "区": "O",
    "句": "G", "重": "C",
}  # fmt: skip
# And in given names otherwise than alone.
GIVEN = {"长": "C"}
SQL_FILE = Path(__file__).resolve().parents[2] / "sql" / "05_name_initials.sql"
TEMPLATE = """\
-- Purpose: the first letters of the pinyin of a name, filled for everybody whoever writes (COPY, importers, psql).
-- Inputs: a name; signs without a reading are left out, of Latin words the first letter stands. Surnames are read in
-- their own way. Callers: the trigger below. Written by `manage initials` from pypinyin's readings; a test compares
-- (tests/geodata/test_initials.py).
CREATE OR REPLACE FUNCTION geodata_initial(sign text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN ascii(sign) BETWEEN {first} AND {last} THEN trim(chr(get_byte(
{table}::bytea, ascii(sign) - {first})))
  WHEN ascii(sign) BETWEEN 65 AND 90 THEN sign ELSE '' END $$;

CREATE OR REPLACE FUNCTION geodata_name_initials(name text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  sign text;
  latin boolean := false;
  found text := '';
BEGIN
  FOREACH sign IN ARRAY string_to_array(name, NULL) LOOP
    IF ascii(sign) < 128 THEN
      found := found || CASE WHEN latin THEN '' ELSE geodata_initial(upper(sign)) END;
      latin := ascii(upper(sign)) BETWEEN 65 AND 90;
    ELSE
      found := found || geodata_initial(CASE found WHEN '' THEN translate(sign, '{surnames}', '{read}')
                                        ELSE translate(sign, '{given}', '{given_read}') END);
      latin := false;
    END IF;
  END LOOP;
  RETURN left(found, 16);
END
$$;

CREATE OR REPLACE FUNCTION geodata_fill_initials() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.name_initials := geodata_name_initials(NEW.name);
  RETURN NEW;
END
$$;
DROP TRIGGER IF EXISTS name_initials ON geodata_person;
CREATE TRIGGER name_initials BEFORE INSERT OR UPDATE OF name ON geodata_person
  FOR EACH ROW EXECUTE FUNCTION geodata_fill_initials();
-- People who were there before the trigger.
UPDATE geodata_person SET name_initials = geodata_name_initials(name)
WHERE name_initials = '' AND geodata_name_initials(name) <> '';
"""


def readings() -> str:
    """One letter per code point from FIRST to LAST, a blank where there is no reading."""
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 - a package of tests

    letters = []
    for point in range(FIRST, LAST + 1):
        first = "".join(lazy_pinyin(chr(point), style=Style.NORMAL, errors="ignore"))[:1].upper()
        letters.append(first if "A" <= first <= "Z" else {"Ê": "E", "Ǹ": "N", "Ḿ": "M"}.get(first, " "))
    return "".join(letters)


def sql_text() -> str:
    """The whole file."""
    table = readings()
    lines = [f"'{table[at : at + WIDTH]}'" for at in range(0, len(table), WIDTH)]
    return TEMPLATE.format(
        first=FIRST,
        last=LAST,
        table="\n".join(lines),
        surnames="".join(SURNAMES),
        read="".join(SURNAMES.values()),
        given="".join(GIVEN),
        given_read="".join(GIVEN.values()),
    )


class Command(BaseCommand):
    """Write the SQL object that makes initials."""

    help = "Write the SQL object that makes the pinyin initials of names (needs the packages of tests)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="only say whether the file is as it should be"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        text = sql_text()
        if options["check"]:
            if SQL_FILE.read_text(encoding="utf-8") != text:
                raise CommandError("05_name_initials.sql is not what the readings give")
            return
        SQL_FILE.write_text(text, encoding="utf-8")
        self.stdout.write(f"{SQL_FILE.name} written")

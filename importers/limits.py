"""How much a file may cost: sizes, counts and the resources of the reading process."""

from __future__ import annotations

from typing import Final

MEGABYTE: Final = 1024 * 1024

FILE_BYTES: Final = 4096 * MEGABYTE
"""Largest file taken in; also the largest that may come out of an archive."""
UPLOAD_BYTES: Final = 512 * MEGABYTE
"""Largest file taken through the page; larger ones go through the command line."""

ARCHIVE_ENTRIES: Final = 2000
ARCHIVE_RATIO: Final = 100
ARCHIVE_FREE_BYTES: Final = MEGABYTE
"""Below this size the ratio does not matter: a short text of blanks packs better than 100 to 1."""

CHILD_MEMORY_BYTES: Final = 2048 * MEGABYTE
CHILD_CPU_SECONDS: Final = 120
CHILD_CPU_SECONDS_PER_MEGABYTE: Final = 2
CHILD_SCRATCH_BYTES: Final = 2048 * MEGABYTE
"""What the reader of .osm.pbf may write beside its input (node positions); other formats may write nothing."""
CHILD_OUTPUT_BYTES: Final = 16 * 1024 * MEGABYTE
CHILD_SILENCE_SECONDS: Final = 300
"""A reader that says nothing for so long is ended."""

CHUNK_ROWS: Final = 2000
FEATURE_BYTES: Final = 64 * MEGABYTE
"""Largest single feature or row of a text file."""
FEATURE_VERTICES: Final = 200_000
COLUMNS: Final = 500
VALUE_CHARS: Final = 2000
"""Longest text kept from one field; longer ones are refused for mapped fields and cut in extra columns."""
SAMPLE_FINDINGS: Final = 50

KEPT_DAYS: Final = 3
"""So long a settled file with faults, one that was refused, and a marked copy are kept; then they go."""

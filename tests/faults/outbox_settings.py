"""The platform's settings with consumers whose effects can be counted."""

from gridmgmt.settings import *  # noqa: F403

EVENT_JOBS = {"fault": ["tests.faults.effects.count"]}

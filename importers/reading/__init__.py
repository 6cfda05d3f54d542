"""The limited process that reads strangers' files: no Django, no database, no network, no secrets."""

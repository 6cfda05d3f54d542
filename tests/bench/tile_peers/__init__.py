"""What tiles are measured against, on the same tables: the bare engine, django-vectortiles and tipg."""

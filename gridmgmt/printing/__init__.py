"""Paged documents: from a template to the bytes of a PDF, with Chinese fonts and without network."""

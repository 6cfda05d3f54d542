"""Appraisal: indicators, their figures by area, department, post, person and category, and the facts they count."""

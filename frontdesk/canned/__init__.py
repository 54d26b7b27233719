"""Canned responses: what the staff says often, written once and filled in where it is used."""

"""Entries as files: read from CSV, TSV, Excel and JSON, written as CSV, Excel and JSON lines.

An exported file that was edited changes, when it is imported, the entries that it names.
"""

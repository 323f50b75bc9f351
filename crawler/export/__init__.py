"""Exports: a registry of formats, a file per format, and `write_export`, which puts files in place or nothing."""

from crawler.export.choosing import Choice, read_split
from crawler.export.formats import FORMATS, STDOUT, About, Format, RowWriter, format_of
from crawler.export.writing import ExportReport, export, write_export

__all__ = [
    "FORMATS",
    "STDOUT",
    "About",
    "Choice",
    "ExportReport",
    "Format",
    "RowWriter",
    "export",
    "format_of",
    "read_split",
    "write_export",
]

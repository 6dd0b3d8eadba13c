"""A1111's ``modules.errors``: how extensions report what went wrong.

Names: check_versions, display, display_once, print_error_explanation, report, run.
"""

from modules.compat.reports import check_versions, display, display_once, print_error_explanation, report, run

__all__ = ["check_versions", "display", "display_once", "print_error_explanation", "report", "run"]

"""What people see: the HTML report and the summary in the terminal. Both read the tables through `supplyline.query`."""

from __future__ import annotations

from supplyline.report.page import write_report

__all__ = ["write_report"]

"""The report's sections in their order. A new section is one module here and one entry in SECTIONS."""

from __future__ import annotations

from supplyline.report.section import Section
from supplyline.report.sections.accuracy import ACCURACY
from supplyline.report.sections.alerts import ALERTS
from supplyline.report.sections.drivers import DRIVERS
from supplyline.report.sections.evaluation import EVALUATION
from supplyline.report.sections.excess import EXCESS
from supplyline.report.sections.forecasts import FORECASTS
from supplyline.report.sections.funnel import FUNNEL
from supplyline.report.sections.headline import HEADLINE
from supplyline.report.sections.hidden import HIDDEN
from supplyline.report.sections.origin import ORIGIN
from supplyline.report.sections.parts import PARTS_SECTION
from supplyline.report.sections.policies import POLICIES
from supplyline.report.sections.purchases import PURCHASES
from supplyline.report.sections.quality import QUALITY
from supplyline.report.sections.reorder import REORDER
from supplyline.report.sections.runs import RUNS
from supplyline.report.sections.sales import SALES
from supplyline.report.sections.stock import STOCK

__all__ = ["SECTIONS", "Section"]

SECTIONS: tuple[Section, ...] = (
    HEADLINE, ORIGIN, SALES, FORECASTS, ACCURACY, EVALUATION, HIDDEN, DRIVERS, STOCK, REORDER, PARTS_SECTION, PURCHASES,
    EXCESS, POLICIES, ALERTS, FUNNEL, QUALITY, RUNS,
)  # fmt: skip

"""The bundled Online Retail II file as `order_lines` and `stock_movements`, in pandas alone: a second reading of the
rules of the ingest, so that tests of the marts neither need its engine nor repeat its mistakes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

SHIPPED = Path(__file__).resolve().parents[2] / "data" / "online_retail_II.csv.xz"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "online_retail_ii" / SHIPPED.name
SOURCE = "online_retail_ii"


def raw_file() -> Path | None:
    """The bundled file, or the copy beside the project; None where neither is there."""
    return next((path for path in (SHIPPED, SHARED) if path.exists()), None)


def raw_lines(path: Path) -> pd.DataFrame:
    """Every row of the file as text, exact duplicates dropped, with its line number."""
    raw = pd.read_csv(path, dtype=str, keep_default_na=False)
    raw.columns = ["invoice", "code", "description", "quantity", "time", "price", "customer", "country"]
    raw["source_line"] = np.arange(2, len(raw) + 2)
    return raw.drop_duplicates(raw.columns[:8].tolist())


def order_lines(path: Path) -> pd.DataFrame:
    """Table `order_lines` (times are UTC, days are London's)."""
    raw = raw_lines(path)
    local = pd.to_datetime(raw["time"], format="%m/%d/%Y %H:%M").dt.tz_localize("Europe/London")
    sku = raw["code"].str.strip().str.upper()
    quantity, price = raw["quantity"].astype("int64"), raw["price"].astype("float64")
    product = sku.str.fullmatch(r"\d{5}[A-Z]*")
    returned, adjusted = raw["invoice"].str.startswith("C"), raw["invoice"].str.startswith("A")
    kinds = [~product, returned, ~adjusted & (quantity > 0) & (price > 0)]
    return pd.DataFrame(
        {
            "order_line_id": SOURCE + "-" + raw["source_line"].astype(str),
            "order_id": raw["invoice"],
            "line_type": np.select(kinds, ["charge", "return", "sale"], "adjustment"),
            "sku": sku,
            "description": raw["description"].where(raw["description"] != "", None),
            "customer_id": raw["customer"].str.replace(".0", "", regex=False).where(raw["customer"] != "", None),
            "order_time": local.dt.tz_convert("UTC"),
            "order_date": local.dt.date,
            "quantity": quantity,
            "unit_price": price,
            "amount": quantity * price,
            "currency": "GBP",
            "country": raw["country"],
            "warehouse": "main",
            "source": SOURCE,
            "source_file": path.name,
            "source_line": raw["source_line"],
        }
    ).reset_index(drop=True)


def stock_movements(lines: pd.DataFrame) -> pd.DataFrame:
    """Table `stock_movements` of those lines: what was observed, before any receipt is simulated."""
    lines = lines[(lines["line_type"] != "charge") & (lines["quantity"] != 0)]
    sign = np.where(lines["line_type"] == "adjustment", lines["quantity"], -lines["quantity"])
    return pd.DataFrame(
        {
            "movement_id": lines["order_line_id"],
            "movement_time": lines["order_time"],
            "movement_date": lines["order_date"],
            "warehouse": lines["warehouse"],
            "sku": lines["sku"],
            "movement_type": lines["line_type"],
            "quantity": sign,
            "order_id": lines["order_id"].where(lines["line_type"] != "adjustment", None),
            "unit_price": lines["unit_price"],
            "origin": "observed",
            "source": lines["source"],
        }
    ).reset_index(drop=True)

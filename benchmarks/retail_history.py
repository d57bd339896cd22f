"""Daily net demand of the bundled Online Retail II file in pandas alone, for benchmarks that need no warehouse."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

SHIPPED = Path(__file__).parents[1] / "data" / "online_retail_II.csv.xz"


def daily_demand(path: Path = SHIPPED) -> pd.DataFrame:
    """Columns sku, date, quantity: sales of products less those that their customer cancelled within 24 hours."""
    raw = pd.read_csv(path, dtype={"Invoice": str, "StockCode": str, "Customer ID": str}).drop_duplicates()
    raw["sku"] = raw["StockCode"].str.strip().str.upper()
    raw["time"] = pd.to_datetime(raw["InvoiceDate"], format="%m/%d/%Y %H:%M")
    raw = raw[raw["sku"].str.fullmatch(r"\d{5}[A-Z]*")].sort_values("time", kind="stable")
    returned = raw["Invoice"].str.startswith("C")
    sold = ~returned & ~raw["Invoice"].str.startswith("A") & (raw["Quantity"] > 0) & (raw["Price"] > 0)
    sales = raw[sold].reset_index(drop=True)
    kept = sales.drop(_cancelled(sales, raw[returned]))
    daily = kept.assign(date=kept["time"].dt.normalize()).groupby(["sku", "date"], as_index=False)["Quantity"].sum()
    return daily.rename(columns={"Quantity": "quantity"}).astype({"quantity": "float64"})


def _cancelled(sales: pd.DataFrame, returns: pd.DataFrame) -> list[int]:
    """Index of each return's nearest earlier sale of the same customer, product and quantity, at most a day before."""
    lines = sales[["time", "Customer ID", "sku", "Quantity"]].assign(line=sales.index).dropna()
    back = returns[["time", "Customer ID", "sku", "Quantity"]].dropna().assign(Quantity=-returns["Quantity"])
    keys = ["Customer ID", "sku", "Quantity"]
    found = pd.merge_asof(back, lines, on="time", by=keys, tolerance=pd.Timedelta(hours=24))
    return sorted(set(found["line"].dropna().astype(int)))

"""Lookups of a source mapping as joins: one for each input and key, however many columns are taken from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from supplyline.sources.inputs import Input
from supplyline.sources.records import GOOD
from supplyline.sources.values import Lookup
from supplyline.spark.ingest_columns import Scope, lookup_key, text_column


def join_lookups(
    frame: DataFrame, item: Input, scope: Scope, inputs: Mapping[str, tuple[DataFrame, Mapping[str, Column]]]
) -> tuple[DataFrame, Scope]:
    """`frame` with a column for every lookup of the input's values, and a scope that knows them.

    `inputs` gives for each input its records and the text of its columns. A lookup that needs another comes after it.
    """
    for number, group in enumerate(_joins(item)):
        records, texts = inputs[group[0].in_]
        key = f"_key_{number}"
        taken = {f"_taken_{number}_{place}": texts[lookup.take] for place, lookup in enumerate(group)}
        good = records.where((f.col("mark") == GOOD) & ~f.col("no_fields"))
        named = good.select(
            "position", texts[group[0].match].alias(key), *[text.alias(name) for name, text in taken.items()]
        )
        # The first record of a key answers for it, so that a join never multiplies rows.
        first = (
            named.where(f.col(key).isNotNull())
            .groupBy(key)
            .agg(f.min_by(f.struct(*taken), "position").alias(f"_found_{number}"))
        )
        frame = frame.withColumn(f"_my{key}", text_column(group[0].key, scope))
        frame = frame.join(first, f.col(f"_my{key}") == f.col(key), "left")
        found = {
            lookup_key(lookup): f.col(f"_found_{number}.{name}") for lookup, name in zip(group, taken, strict=True)
        }
        scope = replace(scope, lookups={**scope.lookups, **found})
    return frame, scope


def _joins(item: Input) -> list[list[Lookup]]:
    """Different lookups by input, column and key; in order, so that one that is another's key comes before it."""
    groups: dict[str, dict[str, Lookup]] = {}
    for value in item.columns.values():
        for lookup in value.lookups():
            same = f"{lookup.in_} {lookup.match} {lookup.key.model_dump_json()}"
            groups.setdefault(same, {})[lookup_key(lookup)] = lookup
    return [list(group.values()) for group in groups.values()]

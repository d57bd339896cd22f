"""The same events through a real Kafka topic and through a file; malformed records are kept with their reason."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from supplyline.errors import SetupError
from supplyline.flink.sources import KafkaTopic
from supplyline.jars import jar_paths
from tests.support.kafka_broker import kafka_broker
from tests.support.live_events import in_order_of_arrival, product_day, windows_of

PARTITIONS = 2
BAD: list[tuple[bytes | None, str]] = [
    (None, "empty record (tombstone)"),
    (b"no json", "not a JSON object"),
    (b'{"event_id": "1"}', "event_time is missing"),
    (b'{"event_id": "1", "event_time": 17, "warehouse": "m"}', "sku is missing"),
]


def jars_are_here() -> bool:
    try:
        return bool(jar_paths("kafka") and jar_paths("flink"))
    except SetupError:
        return False


pytestmark = pytest.mark.skipif(not jars_are_here(), reason="the Kafka jars are not fetched: run `make setup`")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with kafka_broker(tmp_path_factory.mktemp("kafka")) as address:
        yield address


def send(broker: str, topic: str, records: list[tuple[int, bytes | None]]) -> None:
    admin = AdminClient({"bootstrap.servers": broker})
    admin.create_topics([NewTopic(topic, PARTITIONS, 1)])[topic].result(30)
    producer = Producer({"bootstrap.servers": broker})
    for partition, value in records:
        producer.produce(topic, value=value, partition=partition)
    assert producer.flush(30) == 0


def test_a_topic_gives_the_windows_of_a_file_and_loses_nothing(
    broker: str, watch: Callable[..., dict[str, list[dict[str, Any]]]], tmp_path: Path
) -> None:
    products = [product_day(f"K{number}", hours=6, seed=number) for number in range(4)]
    repeated = [event for product in products for event in product[:3]]
    arriving = in_order_of_arrival([event for product in products for event in product] + repeated)
    good = json.loads(arriving[0].line)
    far = [json.dumps(good | {"event_time": f"{year}-01-01 00:00:00"}).encode() for year in (2099, 1970)]
    wrong = json.dumps(good | {"quantity": [1]}).encode()
    bad = [*BAD, (far[0], "event_time too far ahead"), (far[1], "event_time before 2000-01-01")]
    bad.append((wrong, "quantity is missing"))
    records = [(int(event.sku[1:]) % PARTITIONS, event.line.encode()) for event in arriving]
    for number, (value, _) in enumerate(bad):
        records.insert(10 * number, (number % PARTITIONS, value))
    send(broker, "inventory_events", records)

    topic = KafkaTopic(bootstrap_servers=broker, topic="inventory_events", start="earliest-offset", bounded=True)
    landed = watch(topic, [])

    expected = windows_of(arriving)
    found = {(row["sku"], row["window_start"]): row for row in landed["window_metrics"]}
    assert len(found) == len(landed["window_metrics"]) == len(expected)
    for row in expected.to_dict("records"):
        other = found[row["sku"], str(row["window_start"])]
        assert {name: other[name] for name in row} == row | {
            name: str(row[name]) for name in ("window_start", "window_end")
        }
    reasons = Counter((row["raw"], row["reason"]) for row in landed["rejected_events"])
    assert reasons == Counter((value and value.decode(), reason) for value, reason in bad)
    counted = sum(row["events"] for row in landed["window_metrics"])
    assert len(records) == counted + len(landed["late_events"]) + len(bad) + len(repeated)

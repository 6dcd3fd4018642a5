"""The same tests on two engines: Spark itself, and where `SAIL` is set Sail, which needs no Java.

Spark 3.5 has those alone that need no data source.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest

ON_SAIL = "SAIL" in os.environ
HAS_SOURCES = importlib.util.find_spec("pyspark.sql.datasource") is not None
if not HAS_SOURCES:
    collect_ignore = ["test_batch.py", "test_stream.py"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "spark_only: what Sail does not have")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if ON_SAIL:
        for item in items:
            if item.get_closest_marker("spark_only"):
                item.add_marker(pytest.mark.skip(reason="Sail does not have it"))


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    # The workers of Spark are of this Python.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    server = sail_server() if ON_SAIL else None
    session = on_spark() if server is None else on_sail(server)
    if HAS_SOURCES:
        from event_simulator.spark import EventSimulatorSource

        session.dataSource.register(EventSimulatorSource)
    yield session
    session.stop()
    if server is not None:
        server.stop()


def sail_server() -> Any:
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer()
    server.start(background=True)
    return server


def on_sail(server: Any) -> Any:
    from pyspark.sql import SparkSession

    _, port = server.listening_address
    return SparkSession.builder.remote(f"sc://localhost:{port}").getOrCreate()


def on_spark() -> Any:
    from pyspark.sql import SparkSession

    # A task may fail once.
    builder = SparkSession.builder.master("local[2, 2]").config("spark.sql.session.timeZone", "UTC")
    for name, value in {
        "spark.sql.shuffle.partitions": 2,
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": False,
        "spark.ui.showConsoleProgress": False,
        "spark.log.level": "OFF",
    }.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


@pytest.fixture
def read(spark: Any) -> Any:
    """Reads what options say."""

    def load(**options: Any) -> Any:
        return spark.read.format("event_simulator").options(**options).load()

    return load

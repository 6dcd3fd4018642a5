"""Makes the warehouse tables of a timeline, by PySpark, and holds them against what truly happened.

usage: spark_pipeline.py TIMELINE EXPECTED_DIR OUTPUT_DIR
"""

import sys

from pyspark.errors import PySparkAssertionError
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as f
from pyspark.testing import assertDataFrameEqual

# Given, because a schema that is inferred costs a pass over the data and depends on it: without a link
# that opens elsewhere, `props` would have no member `target`.
SCHEMA = """
  event_time TIMESTAMP, event_type STRING, user_id STRING, session_id STRING, page_path STRING,
  button_id STRING, props MAP<STRING, STRING>
"""

IS_VISIT = "event_type = 'page_visited'"
IS_BUTTON = "event_type = 'button_clicked'"
IS_CLICK = "event_type IN ('button_clicked', 'link_click')"
LEAVES_PAGE = """
  event_type IN ('page_visited', 'page_closed')
  OR event_type = 'link_click' AND NOT props.target <=> '_blank'
"""


def session():
    """A small local one. Dates are UTC: by default Spark takes the time zone of the machine."""
    return (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", 2)
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.ui.enabled", False)
        .config("spark.ui.showConsoleProgress", False)
        .getOrCreate()
    )


def read(spark, timeline):
    events = spark.read.json(timeline, schema=SCHEMA)
    return events.withColumn("date", f.to_date("event_time")).cache()


def tables(events):
    """All tables by name."""
    visits = page_visits(events).cache()
    return {
        "page_engagement": page_engagement(visits),
        "session_metrics": session_metrics(events),
        "click_through_rates": click_through_rates(events, visits),
        "event_counts": event_counts(events),
        "funnels": funnels(visits),
        "users_active": users_active(events),
    }


def page_visits(events):
    """Every page_visited with the seconds until the page was left."""
    session = Window.partitionBy("session_id")
    return (
        events.withColumn("ended", f.max("event_time").over(session))
        .filter(LEAVES_PAGE)
        .withColumn("left", f.lead("event_time").over(session.orderBy("event_time")))
        .filter(IS_VISIT)
        .withColumn("seconds", seconds("event_time", f.coalesce("left", "ended")))
    )


def seconds(start, end):
    return (f.unix_millis(end) - f.unix_millis(start)) / 1000


def page_engagement(visits):
    return visits.groupBy("date", "page_path").agg(
        f.count("*").alias("total_visits"),
        f.sum("seconds").alias("total_time_seconds"),
        f.avg("seconds").alias("avg_time_seconds"),
        f.countDistinct("user_id").alias("unique_users"),
        f.countDistinct("session_id").alias("unique_sessions"),
    )


def session_metrics(events):
    sessions = events.groupBy("session_id").agg(
        f.min("date").alias("date"),
        f.first("user_id").alias("user_id"),
        seconds(f.min("event_time"), f.max("event_time")).alias("seconds"),
        f.count_if(f.expr(IS_VISIT)).alias("views"),
        f.count_if(f.expr(IS_CLICK)).alias("clicks"),
    )
    return sessions.groupBy("date").agg(
        f.count("*").alias("total_sessions"),
        f.avg("seconds").alias("avg_duration_seconds"),
        f.avg("views").alias("avg_page_views"),
        f.avg("clicks").alias("avg_clicks"),
        f.countDistinct("user_id").alias("unique_users"),
    )


def click_through_rates(events, visits):
    page = ["date", "page_path"]
    views = visits.groupBy(page).agg(f.count("*").alias("views"))
    clicks = events.filter(IS_BUTTON).groupBy(*page, "button_id").agg(f.count("*").alias("clicks"))
    return clicks.join(views, page, "left").select(
        *page,
        "button_id",
        f.coalesce("views", f.lit(0)).alias("views"),
        "clicks",
        (100 * f.col("clicks") / f.col("views")).alias("ctr"),
    )


def event_counts(events):
    hour = f.hour("event_time").alias("hour")
    return events.groupBy("date", hour, "event_type").agg(f.count("*").alias("events"))


def funnels(visits):
    steps = visits.selectExpr("props.journey", "INT(props.step) AS step", "page_path", "session_id")
    steps = steps.dropna(subset="journey").groupBy("journey", "step", "page_path")
    first = f.first("sessions").over(Window.partitionBy("journey").orderBy("step"))
    return steps.agg(f.countDistinct("session_id").alias("sessions")).withColumn(
        "conversion", 100 * f.col("sessions") / first
    )


def users_active(events):
    first = f.min("date").over(Window.partitionBy("user_id"))
    return (
        events.withColumn("new_user", f.when(f.col("date") == first, f.col("user_id")))
        .groupBy("date")
        .agg(f.countDistinct("user_id").alias("users"), f.countDistinct("new_user").alias("new_users"))
    )


def main(timeline, expected, output):
    spark = session()
    wrong = False
    for name, table in tables(read(spark, timeline)).items():
        table.coalesce(1).write.csv(f"{output}/{name}", header=True, mode="overwrite")
        truth = spark.read.csv(f"{expected}/{name}.csv", header=True, schema=table.schema)
        try:
            assertDataFrameEqual(table, truth, ignoreNullable=True, rtol=0, atol=1e-6)
        except PySparkAssertionError as difference:
            print(f"{name} is wrong: {difference}")
            wrong = True
    spark.stop()
    sys.exit(wrong)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""An ingestion API in FastAPI that `event-simulator replay` and `run` send to.

What it accepts goes to a file, one JSON object a line. As many APIs do, it stamps an id and a time of its
own on every event; `event-simulator verify --times ignore` matches events by what is left of them.

    RECEIVED=received.jsonl uvicorn --factory fastapi_target:create_app --port 8000
"""

import json
import os
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from fastapi import FastAPI
from pydantic import BaseModel


class Event(BaseModel):
    """What an event must look like; anything else is answered 422."""

    event_type: str
    user_id: str
    session_id: str
    page_path: str | None = None
    button_id: str | None = None
    props: dict[str, Any] | None = None


def create_app(received=None):
    app = FastAPI()
    output = open(received or os.environ["RECEIVED"], "w", buffering=1)

    @app.post("/api/events")
    async def ingest(event: Event):
        stamp = {"event_id": str(uuid4()), "event_time": datetime.now(UTC).isoformat()}
        # One line a write, so that an event that was answered is in the file.
        output.write(json.dumps(stamp | event.model_dump()) + "\n")
        return {"status": "success", "event_id": stamp["event_id"], "message": "Event received"}

    @app.get("/health")
    async def health():
        return {"status": "healthy"}

    return app

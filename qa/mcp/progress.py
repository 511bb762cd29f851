"""What is told to an assistant while a question waits and is answered."""

from typing import Any

from mcp.server.mcpserver import Context

from qa.text import one_line
from qa.web.job import Job


async def tell_meanwhile(job: Job, context: Context[Any, Any]) -> None:
    """Report what goes on with a question until it is answered, to a client that asked for progress."""
    told = 0
    async for name, data in job:
        if message := message_of(name, data):
            told += 1
            await context.report_progress(told, message=message)


def message_of(name: str, data: Any) -> str:
    """Say an event in a line; empty where it is for programs, or may be taken back."""
    match name, data:
        case "queued", {"position": before} if before:
            return f"{before} {'question' if before == 1 else 'questions'} before this one"
        case "rewrite", {"question": question}:
            return f"Asked as: {one_line(question)}"
        case "progress", {"label": label, "done": done, "total": total}:
            return f"{label}: {done:,} of {total:,}" if total else str(label)
        case "evidence", [*sentences]:
            return f"Reading {len(sentences)} sentences"
        case "warning", {"message": message}:
            return one_line(message)
    return ""

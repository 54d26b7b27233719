"""Is it alive, and what works."""

from fastapi import APIRouter, Response, status

from services.api.security import Domain

router = APIRouter(tags=["health"])


@router.get("/health")
def health(frontdesk: Domain, response: Response) -> dict[str, object]:
    """The state of every part; 503 when nothing can be done, 200 also when degraded."""
    found = frontdesk.health.report()
    if found["status"] == "down":
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return found


@router.get("/health/live")
def live() -> dict[str, str]:
    """Whether this process answers."""
    return {"status": "ok"}

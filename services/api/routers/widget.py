"""The widget: its script, what it needs to be drawn, who its visitors are, and how administrators set it up."""

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request, Response, status

from frontdesk.bootstrap import Frontdesk
from frontdesk.widget.models import Widget
from frontdesk.widget.service import Setup
from services.api.routers.contact import CHANNEL
from services.api.schemas import widget as schemas
from services.api.security import Address, CurrentAdmin, Domain, Limits, ReturningContactId
from services.api.widget import preview, script

router = APIRouter(tags=["widget"])

# Sites name the script without a version: a change has to reach them, and soon.
_SCRIPT_HEADERS = {
    "Cache-Control": "public, max-age=3600, stale-while-revalidate=86400",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Encoding",
}


@router.get("/widget.js", include_in_schema=False)
def read_script(
    accept_encoding: Annotated[str, Header()] = "", if_none_match: Annotated[str, Header()] = ""
) -> Response:
    """The program that puts the chat on a page."""
    sent = script.encoded(accept_encoding)
    headers = _SCRIPT_HEADERS | {"ETag": sent.etag}
    if sent.etag in if_none_match:
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    if sent.encoding:
        headers["Content-Encoding"] = sent.encoding
    return Response(sent.content, media_type="text/javascript; charset=utf-8", headers=headers)


@router.get("/widget", include_in_schema=False)
def read_preview(request: Request, language: Annotated[Literal["zh", "en"], Query()] = "en") -> Response:
    """A page with nothing but the widget, as a strict site would show it."""
    return Response(preview.page(language), media_type="text/html; charset=utf-8", headers=preview.HEADERS)


@router.get("/v1/widget")
def read_widget(frontdesk: Domain) -> schemas.ShownWidget:
    """Name, greeting, example questions, colour and place of the widget."""
    megabytes = frontdesk.settings.attachment_mb
    return schemas.ShownWidget.of_inbox(frontdesk.inboxes.get(CHANNEL), frontdesk.widgets.get(CHANNEL), megabytes)


@router.post("/v1/widget/identity")
def identify(
    body: schemas.Identify, frontdesk: Domain, rates: Limits, address: Address, visitor_id: ReturningContactId
) -> schemas.Identified:
    """Know a visitor as a user of the site; with a token, what they said as a stranger goes along."""
    rates.hit("open", address)
    known = frontdesk.widgets.identify(CHANNEL, body.user_id, body.user_hash, visitor_id)
    return schemas.Identified(token=frontdesk.contact_tokens.issue(known))


@router.get("/v1/inbox/widget")
def read_settings(frontdesk: Domain, admin: CurrentAdmin) -> schemas.WidgetSettings:
    """All settings, the identity secret among them."""
    return _settings(frontdesk, frontdesk.widgets.get(CHANNEL))


@router.put("/v1/inbox/widget")
def change_settings(body: schemas.ChangeWidget, frontdesk: Domain, admin: CurrentAdmin) -> schemas.WidgetSettings:
    """Have it look otherwise and stand on other sites; holds from the next request of a page on."""
    setup = Setup(body.colour, body.position, body.origins, body.address)
    return _settings(frontdesk, frontdesk.widgets.configure(CHANNEL, setup))


@router.post("/v1/inbox/widget/identity-secret")
def renew_secret(frontdesk: Domain, admin: CurrentAdmin) -> schemas.WidgetSettings:
    """Make the identity secret, or a new one in the place of the old, which counts no more."""
    return _settings(frontdesk, frontdesk.widgets.renew_secret(CHANNEL))


@router.delete("/v1/inbox/widget/identity-secret", status_code=status.HTTP_204_NO_CONTENT)
def drop_secret(frontdesk: Domain, admin: CurrentAdmin) -> None:
    """Know nobody by name any more."""
    frontdesk.widgets.drop_secret(CHANNEL)


def _settings(frontdesk: Frontdesk, widget: Widget) -> schemas.WidgetSettings:
    return schemas.WidgetSettings.of(widget, frontdesk.widgets.secret(widget))

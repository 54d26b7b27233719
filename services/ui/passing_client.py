"""What staff asks the api around a conversation besides writing in it: one method per use."""

from services.ui.caller import Caller, Json


class Passing(Caller):
    """As somebody of the staff."""

    def destinations(self) -> Json:
        """To whom a conversation can be passed on: `teams` and `agents`."""
        return self.call("GET", "/v1/desk/destinations")

    def load(self, day_began: str) -> Json:
        """What people have before them, and what came since an ISO 8601 moment."""
        return self.call("GET", "/v1/desk/load", params={"day_began": day_began})

    def transfer(self, conversation_id: str, kind: str, target_id: str, note: str | None) -> None:
        """Pass it on to a `team` or an `agent`."""
        body = {"to": {"kind": kind, "id": target_id}, "note": note}
        self.call("POST", f"/v1/desk/conversations/{conversation_id}/transfer", json=body)

    def put_off(self, conversation_id: str, until: str | None) -> None:
        """Until an ISO 8601 moment; None: it is there again."""
        self.call("PUT", f"/v1/desk/conversations/{conversation_id}/snooze", json={"until": until})

    def note(self, conversation_id: str, text: str) -> None:
        self.call("POST", f"/v1/desk/conversations/{conversation_id}/notes", json={"text": text})

    def mark_read(self, conversation_id: str, to: str) -> None:
        """Up to a sequence number."""
        self.call("PUT", f"/v1/desk/conversations/{conversation_id}/read", json={"to": int(to)})

    def be_there(self, conversation_id: str, *, writing: bool) -> None:
        """It is open before the agent, who may be writing in it."""
        self.call("PUT", f"/v1/desk/conversations/{conversation_id}/presence", json={"writing": writing})

    def tick_off(self, conversation_id: str, done: bool) -> None:
        """Whether the contact was called back."""
        self.call("PUT", f"/v1/desk/conversations/{conversation_id}/callback", json={"done": done})

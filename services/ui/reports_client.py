"""What staff asks the api of reports: one method per use."""

from services.ui.caller import VERSION_SECONDS, Caller, Json


class Reports(Caller):
    """As an administrator. `filters` are the parameters of a report: first, last, zone, inbox, topic, language."""

    def report(self, filters: Json) -> Json:
        """What came of the conversations that began on some days."""
        return self.call("GET", "/v1/reports", params=filters, timeout=VERSION_SECONDS)

    def report_choices(self) -> Json:
        """The inboxes and topics that a report can be narrowed to."""
        return self.call("GET", "/v1/reports/choices")

    def export_conversations(self, filters: Json) -> bytes:
        """A table as CSV, with a row for each conversation."""
        return self.fetch("/v1/reports/conversations", filters)

    def export_exchanges(self, filters: Json) -> bytes:
        """Accepted answers as JSON Lines."""
        return self.fetch("/v1/reports/exchanges", filters)

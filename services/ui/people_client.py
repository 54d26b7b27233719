"""What the screens ask the api about the staff: accounts, who is there, teams."""

from services.ui.caller import Caller, Json


class People(Caller):
    """What agents see of the staff, and administrators change."""

    def be_present(self, away: bool | None = None) -> Json:
        """A screen is open; the agent as they are now."""
        agent: Json = self.call("PUT", "/v1/me/presence", json={} if away is None else {"away": away})["agent"]
        return agent

    def change_password(self, current: str, new: str) -> None:
        self.call("PUT", "/v1/me/password", json={"current": current, "new": new})

    def agents(self) -> list[Json]:
        return self.items("GET", "/v1/agents", "agents")

    def add_agent(self, agent: Json) -> Json:
        added: Json = self.call("POST", "/v1/agents", json=agent)["agent"]
        return added

    def change_agent(self, agent_id: str, change: Json) -> None:
        """Only what is in `change` becomes different."""
        self.call("PATCH", f"/v1/agents/{agent_id}", json=change)

    def teams(self) -> Json:
        """All teams in their order, and all topics."""
        return self.call("GET", "/v1/teams")

    def add_team(self, team: Json) -> None:
        self.call("POST", "/v1/teams", json=team)

    def change_team(self, team: Json, change: Json) -> None:
        """Only what is in `change` becomes different, if the team still is as it was in `team`."""
        self.call("PATCH", f"/v1/teams/{team['id']}", json=change | {"revision": team["revision"]})

    def remove_team(self, team_id: str) -> None:
        self.call("DELETE", f"/v1/teams/{team_id}")

    def order_teams(self, team_ids: list[str]) -> None:
        self.call("PUT", "/v1/teams/order", json={"team_ids": team_ids})

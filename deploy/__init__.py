"""Ways to run Frontdesk: as processes on one machine (`deploy.local`) or in containers."""

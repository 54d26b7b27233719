"""The doors of Frontdesk: one program per folder."""

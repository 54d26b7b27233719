"""The widget that sites put on their pages: plain JavaScript, sent as one file."""

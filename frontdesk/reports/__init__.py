"""What came of conversations: rates with their intervals, times, load; and exports of both."""

"""The domain of Frontdesk: conversations, knowledge, answers and handoffs, without any web framework."""

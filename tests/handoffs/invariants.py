"""What must hold of every conversation, as queries that find what does not."""

BROKEN = {
    "the entries of a conversation are numbered from 1 without gaps": """
        SELECT c.id FROM conversations c LEFT JOIN messages m ON m.conversation_id = c.id
        GROUP BY c.id HAVING count(m.id) <> c.last_sequence OR COALESCE(max(m.sequence), 0) <> c.last_sequence
    """,
    "people have a conversation exactly while one handoff runs": """
        SELECT c.id FROM conversations c LEFT JOIN handoffs h ON h.conversation_id = c.id AND h.ended_at IS NULL
        GROUP BY c.id HAVING count(h.id) <> (c.status IN ('open', 'snoozed'))::int
    """,
    "an owner is only where people are, and is noted in the handoff": """
        SELECT c.id FROM conversations c JOIN handoffs h ON h.conversation_id = c.id AND h.ended_at IS NULL
        WHERE (c.assignee_id IS NULL) <> (h.owned_since IS NULL)
           OR (c.assignee_id IS NOT NULL AND c.assignee_id <> h.claimed_by)
    """,
    "every handoff is acknowledged to the contact, once, and followed by its activity": """
        SELECT c.id FROM conversations c
        WHERE (SELECT count(*) FROM handoffs h WHERE h.conversation_id = c.id)
           <> (SELECT count(*) FROM messages m
               JOIN messages a ON a.conversation_id = c.id AND a.sequence = m.sequence + 1
               WHERE m.conversation_id = c.id AND m.handoff_reason IS NOT NULL AND m.text <> ''
                 AND a.activity = 'handed_over' AND a.status = 'open')
    """,
    "the assistant never speaks while people have the conversation": """
        SELECT m.id FROM messages m JOIN LATERAL (
            SELECT status FROM messages a WHERE a.conversation_id = m.conversation_id
               AND a.sender = 'activity' AND a.sequence < m.sequence ORDER BY a.sequence DESC LIMIT 1) a ON true
        WHERE m.sender = 'assistant' AND a.status IN ('open', 'snoozed')
    """,
    "an agent writes only what they own": """
        SELECT m.id FROM messages m LEFT JOIN LATERAL (
            SELECT status, agent_id FROM messages a WHERE a.conversation_id = m.conversation_id
               AND a.sender = 'activity' AND a.sequence < m.sequence ORDER BY a.sequence DESC LIMIT 1) a ON true
        WHERE m.sender = 'agent'
          AND (a.status IS NULL OR a.status NOT IN ('open', 'snoozed') OR a.agent_id IS DISTINCT FROM m.agent_id)
    """,
    "what was told of the changes of hands is how it is": """
        SELECT c.id FROM conversations c JOIN LATERAL (
            SELECT status, agent_id, sequence FROM messages a
            WHERE a.conversation_id = c.id AND a.sender = 'activity' ORDER BY a.sequence DESC LIMIT 1) a ON true
        WHERE (c.status IN ('open', 'snoozed') AND a.status <> c.status)
           OR (c.status IN ('open', 'snoozed') AND a.agent_id IS DISTINCT FROM c.assignee_id)
           OR (c.status = 'resolved' AND a.status <> 'resolved')
           OR (c.status = 'pending' AND a.status NOT IN ('pending', 'resolved'))
    """,
    "whoever the assistant has is answered": """
        SELECT c.id FROM conversations c JOIN messages m ON m.conversation_id = c.id AND m.sender = 'contact'
        WHERE c.status = 'pending' AND NOT EXISTS (
            SELECT FROM messages r WHERE r.conversation_id = c.id AND r.sequence > m.sequence
               AND r.sender IN ('assistant', 'agent'))
    """,
    "nothing is owed any more and no turn is under way": """
        SELECT id FROM conversations WHERE awaiting_since IS NOT NULL OR turn_id IS NOT NULL
    """,
    "no message is answered twice": """
        SELECT reply_to FROM messages WHERE reply_to IS NOT NULL GROUP BY reply_to HAVING count(*) > 1
    """,
    "what was settled before a return hands nothing over again": """
        SELECT told.id FROM messages told JOIN messages asked ON asked.id = told.reply_to
        JOIN messages returned ON returned.conversation_id = told.conversation_id AND returned.activity = 'returned'
             AND returned.sequence BETWEEN asked.sequence AND told.sequence
        WHERE told.handoff_reason IS NOT NULL AND EXISTS (
            SELECT FROM messages settled WHERE settled.conversation_id = told.conversation_id
               AND settled.sender IN ('assistant', 'agent')
               AND settled.sequence BETWEEN asked.sequence AND returned.sequence)
    """,
    "a turn fails only because it came too late or died too often": """
        SELECT id FROM decisions WHERE record->>'rule' = 'failed'
           AND NOT (record->'notes' ? 'gave_up' OR record->'notes' ? 'too_late')
    """,
}
"""Queries by what must hold; each gives what breaks it, once all turns are over."""

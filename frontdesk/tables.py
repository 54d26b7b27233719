"""Every table, gathered for the migrations."""

from frontdesk.agents import Agent, AgentSession
from frontdesk.answering.models import Decision
from frontdesk.canned.models import CannedResponse
from frontdesk.confidence.models import Calibration, ErrorTarget
from frontdesk.contacts import Contact
from frontdesk.conversations.attachments import Attachment
from frontdesk.conversations.models import Conversation, Inbox, InboxKnowledgeBase, Message
from frontdesk.database import Base
from frontdesk.evaluation.models import Outcome, Question, QuestionSet, Run
from frontdesk.feedback import Survey
from frontdesk.growth.models import DraftedEntry, Gap, GapQuestion
from frontdesk.handoffs.models import Callback, Handoff, Note
from frontdesk.knowledge.feeds.models import Feed, FeedPage
from frontdesk.knowledge.index_models import Embedding, Geometry, KeptIndex, NextTerms, Rebuild, TermCount
from frontdesk.knowledge.models import Chunk, Document, Entry, KnowledgeBase, KnowledgeBaseAgent, Version
from frontdesk.knowledge.pictures.models import Picture
from frontdesk.teams.models import Team, TeamMember, TeamTopic
from frontdesk.triage.models import Topic, TopicExample, TopicHead, Triage
from frontdesk.widget.models import Identity, Widget

__all__ = [
    "Agent",
    "AgentSession",
    "Attachment",
    "Base",
    "Calibration",
    "Callback",
    "CannedResponse",
    "Chunk",
    "Contact",
    "Conversation",
    "Decision",
    "Document",
    "DraftedEntry",
    "Embedding",
    "Entry",
    "ErrorTarget",
    "Feed",
    "FeedPage",
    "Gap",
    "GapQuestion",
    "Geometry",
    "Handoff",
    "Identity",
    "Inbox",
    "InboxKnowledgeBase",
    "KeptIndex",
    "KnowledgeBase",
    "KnowledgeBaseAgent",
    "Message",
    "NextTerms",
    "Note",
    "Outcome",
    "Picture",
    "Question",
    "QuestionSet",
    "Rebuild",
    "Run",
    "Survey",
    "Team",
    "TeamMember",
    "TeamTopic",
    "TermCount",
    "Topic",
    "TopicExample",
    "TopicHead",
    "Triage",
    "Version",
    "Widget",
]

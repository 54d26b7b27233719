"""Teams of agents: who looks after which conversations, and when."""

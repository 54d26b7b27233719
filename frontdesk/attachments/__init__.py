"""Files that go with messages: what may be sent, taking it in, giving it out, clearing it away."""

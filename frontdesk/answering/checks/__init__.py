"""What a generated reply has to stand before a contact sees it. Pure, and no model is asked."""

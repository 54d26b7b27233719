"""Knowledge: what the company knows, cut into chunks that can be found."""

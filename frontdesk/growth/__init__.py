"""Knowledge that grows: what could not be answered, entries drafted from what agents said, and their proof."""

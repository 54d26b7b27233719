"""How well questions are answered, measured on sets of them."""

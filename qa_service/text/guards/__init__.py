"""Guard words: terms whose difference makes two otherwise equal questions different."""

"""Authentication: passwords, second factor, sessions and throttling of sign-in."""

"""What the mall does by WeChat beside logins and payments: signatures for its web pages, messages to members."""

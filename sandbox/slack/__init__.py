"""A stand-in for Slack: its Web API, Socket Mode, response URLs, and what people do on their screens."""

"""Live chat: a visitor of a website talks to us by a widget, over HTTP in and a WebSocket out."""

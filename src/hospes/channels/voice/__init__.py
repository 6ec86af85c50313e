"""Calls by phone through a Twilio-compatible provider: webhooks answered with TwiML, orders by its REST API."""

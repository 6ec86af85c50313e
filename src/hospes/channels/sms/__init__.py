"""SMS and MMS by the Messaging API of Twilio, or of one that is compatible with it."""

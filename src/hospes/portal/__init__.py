"""The customer's side: contact form, sign-in by mailed code, own requests.

Owns no tables. It translates HTTP into calls of `customers` and `tickets`; emits and listens to nothing itself.
"""

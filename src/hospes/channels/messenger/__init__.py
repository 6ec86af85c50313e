"""Facebook Messenger, and what people write publicly on a Facebook page."""

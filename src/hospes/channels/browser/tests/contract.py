"""The contract of calls in the browser: they carry no messages, so only what every channel says of itself applies."""

from hospes.testing.channels import Contract


class BrowserContract(Contract):
    kind = "browser"
    no_messages = "calls are talked in, not written; their own path is tested in calls/tests and in the journeys"
    unsigned = "nobody calls us by HTTP: callers come by the portal's page"
    no_files = "pictures are kept by calls.operations.browser.keep_picture"
    own_faults = "there is no provider"


CONTRACT = BrowserContract()

"""Nothing in the offline cloud takes long, so nobody waits long for it: not for a retry, not for a
job."""

import time

_sleep = time.sleep
time.sleep = lambda seconds: _sleep(min(float(seconds), 0.05))

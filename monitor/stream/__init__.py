"""What all live sources share: reading ahead with a watchdog, server-sent events, and answers told as what to do."""

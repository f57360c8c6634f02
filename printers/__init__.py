"""Label in, paper out: what a label is, its tongues, and the printers that speak them.

The package knows nothing of the specimen service and never imports it, so that a station PC can run it alone.
"""

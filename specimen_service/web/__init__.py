"""The HTML kit: base page, components, scan box, static files, sign-in gate."""

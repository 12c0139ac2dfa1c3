"""The content policy of the product pages: browsers run only our own files, and call no other site."""

import base64
import hashlib


def content_policy(import_map: str) -> str:
    """Give the Content-Security-Policy of a page; its import map is the only inline script, allowed by its hash."""
    digest = base64.b64encode(hashlib.sha256(import_map.encode()).digest()).decode()
    rules = {
        "default-src": "'none'",
        "script-src": f"'self' 'sha256-{digest}'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())

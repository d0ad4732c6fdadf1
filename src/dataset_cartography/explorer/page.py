"""The explorer's page: the shared fragment, scripts and style, and the policy that lets nothing else run."""

import html
from dataclasses import dataclass

from dataset_cartography.pages.assets import Inline, app_fragment, app_scripts, app_style
from dataset_cartography.pages.excerpt import visible

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{frame}</style>
<style>{style}</style>
</head>
<body class="explorer">
{fragment}
{scripts}
</body>
</html>
"""
_FRAME = "html,body{margin:0;height:100%}"


@dataclass(frozen=True)
class ExplorerPage:
    """The page and its Content-Security-Policy."""

    html: str
    policy: str


def make_page(title: str) -> ExplorerPage:
    """The page; all that it shows it asks the server for."""
    frame, style, scripts = Inline("frame.css", _FRAME), app_style(), app_scripts("server")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(script.csp for script in scripts)}",
            f"style-src {frame.csp} {style.csp}",
            "connect-src 'self'",
            "img-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )
    page = _PAGE.format(
        title=html.escape(visible(title)),
        frame=frame.text,
        style=style.text,
        fragment=app_fragment(),
        scripts="\n".join(f"<script>{script.text}</script>" for script in scripts),
    )
    return ExplorerPage(page, policy)

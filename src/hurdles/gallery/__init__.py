"""The demos on their own: an index page and one live page each, served by Voila.

No notebook is kept for it. Pages are made from the demo objects that the lessons name, into a folder that is
thrown away at the end.
"""

from hurdles.gallery.pages import Page, build, demo_notebook, draw, load_demo, template_root
from hurdles.gallery.server import serve

__all__ = ["Page", "build", "demo_notebook", "draw", "load_demo", "serve", "template_root"]

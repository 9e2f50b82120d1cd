"""Why a verb is greyed: the sentence that Blender shows under the mouse."""
from __future__ import annotations

from .translation import rpt_


class Greyed:
    """A verb that tells what hinders it, wherever Blender asks whether it can be pressed."""

    @classmethod
    def hindrance(cls, context) -> str:
        """Why nothing can be done here; empty when it can. Cheap: whatever draws the verb asks."""
        raise NotImplementedError

    @classmethod
    def poll(cls, context):
        reason = cls.hindrance(context)
        if reason:
            cls.poll_message_set(rpt_(reason))
        return not reason

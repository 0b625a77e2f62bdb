"""What a person did, as the journal tells it."""

from sophia.audit.journal import Deed
from sophia.identity.schemas import Viewer


def deed(viewer: Viewer, action: str, *, target: object = "", outcome: str = "ok") -> Deed:
    """Give the entry of what a viewer did."""
    return Deed(
        actor="user",
        action=action,
        on_behalf_of=viewer.user_id,
        via=viewer.via,
        target=str(target),
        outcome=outcome,
    )

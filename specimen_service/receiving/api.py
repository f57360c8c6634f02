"""`POST /specimens/{number}/rejection`: what follows from a rejection, for programs that reject by `POST /scans`."""

from http import HTTPStatus
from typing import Annotated

from pydantic import AwareDatetime, Field

from specimen_service.api.kit import Api, ApiModel, Call, Reply
from specimen_service.devices.model import Profile
from specimen_service.receiving.actions import LONGEST_NAME, FollowUp, follow_up
from specimen_service.specimens.queries import specimen_details

api = Api("receiving")

Line = Annotated[str, Field(max_length=LONGEST_NAME, pattern=r"^[^\x00-\x1f]*$")]


class RejectionIn(ApiModel):
    """Who was told (empty: whoever ordered it) and read it back (empty: nobody yet), and whether to collect it again."""

    site: Line = ""
    read_back: Line = ""
    recollect: bool = False


class FollowedUp(ApiModel):
    """What has followed from the rejection so far; `order_number` is by which it is collected again."""

    number: str
    reason: str
    site: str
    read_back: str
    notified_at: AwareDatetime | None
    notified_by: str
    tries: int
    order_number: str | None


@api.endpoint(
    "POST /specimens/<number>/rejection",
    who={Profile.LAB},
    summary="Say who was told of a rejection, and have the specimen collected again",
    body=RejectionIn,
    replies={HTTPStatus.CREATED: FollowedUp},
    errors=(404, 409, 422),
)
def post_rejection(call: Call, number: str, body: RejectionIn) -> Reply:
    """Follow a rejection up; what was done before stays as it is, so that sending it again changes nothing."""
    wish = FollowUp(" ".join(body.site.split()), " ".join(body.read_back.split()), body.recollect)
    follow_up(call.session, call.now, call.actor, call.settings, number, wish)
    details = specimen_details(call.session, number)
    done = details.rejection
    if done is None:
        raise LookupError("a rejection was just followed up")
    own = {name: getattr(done, name) for name in FollowedUp.model_fields if name != "number"}
    return Reply(FollowedUp(number=details.number, **own), HTTPStatus.CREATED)

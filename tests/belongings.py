"""What users keep: an address, a picture."""
from __future__ import annotations

import io

from PIL import Image

from server.domain.accounts.addresses import Place

HOME = Place(
    province="浙江省",
    city="杭州市",
    district="西湖区",
    address="文三路 100 号",
    zip="310012",
    contact_name="刘爱丽",
    contact_phone="13800000000",
)


def picture(colour: str = "red") -> bytes:
    """A PNG of one colour."""
    made = io.BytesIO()
    Image.new("RGB", (300, 200), colour).save(made, "PNG")
    return made.getvalue()

"""What a worker tells of itself in Prometheus's text format, read back."""
from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from server.domain.accounts.users import Role
from tests.api import Api
from tests.builders import make_user


class Numbers:
    """Samples by name and labels."""

    def __init__(self, text: str):
        self._samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]

    @property
    def names(self) -> set[str]:
        return {sample.name for sample in self._samples}

    def labels(self, name: str) -> list[dict[str, str]]:
        return [sample.labels for sample in self._samples if sample.name == name]

    def value(self, name: str, **labels: str) -> float:
        """The sum of the samples with these labels; 0 if there is none."""
        found = [sample.value for sample in self._samples if sample.name == name and labels.items() <= sample.labels.items()]
        return sum(found)


async def read_numbers(api: Api) -> Numbers:
    """As an operator is told them."""
    operator = await make_user(api.application, "Operator", roles=[Role.OPERATOR])
    answer = await api.get("/metrics", as_user=operator)
    assert answer.status == 200, answer
    return Numbers(answer.body.decode())

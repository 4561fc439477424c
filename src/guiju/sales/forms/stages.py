"""The form of the stages and lost reasons of a company."""

from __future__ import annotations

from typing import Any

from django import forms

from guiju.sales.selectors.stages import Stage, Stages
from guiju.sales.services.setting_up import LONGEST_LABEL
from guiju.web.forms import Form


class PipelineForm(Form):
    """Three inputs a stage; the reasons one a line."""

    reasons = forms.CharField(label="输单原因", widget=forms.Textarea(attrs={"rows": 8}), help_text="一行一个")

    def __init__(self, *arguments: Any, stages: Stages, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._stages = stages
        self.fields["reasons"].initial = "\n".join(stages.offered.values())
        for place, one in enumerate(stages.stages, 1):
            self.fields[f"label_{one.code}"] = forms.CharField(
                label=f"{one.label}：名称", max_length=LONGEST_LABEL, initial=one.label
            )
            self.fields[f"probability_{one.code}"] = forms.IntegerField(
                label=f"{one.label}：赢单的可能性（%）", min_value=0, max_value=100, initial=one.probability
            )
            self.fields[f"place_{one.code}"] = forms.IntegerField(
                label=f"{one.label}：第几个", min_value=1, max_value=99, initial=place
            )

    @property
    def rows(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The inputs of each stage, in the order in which they stand now."""
        return [
            (one.label, [self[f"{name}_{one.code}"] for name in ("place", "label", "probability")])
            for one in self._stages.stages
        ]

    @property
    def stages(self) -> list[Stage]:
        said = self.cleaned_data
        placed = sorted(self._stages.stages, key=lambda one: said[f"place_{one.code}"])
        return [Stage(one.code, said[f"label_{one.code}"], said[f"probability_{one.code}"]) for one in placed]

    @property
    def wanted_reasons(self) -> list[str]:
        return list(self.cleaned_data["reasons"].splitlines())

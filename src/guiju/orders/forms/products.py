"""The form of a product or a service."""

from __future__ import annotations

from django import forms

from guiju.kernel.sectors import CHOICES
from guiju.orders.forms.fields import money_field
from guiju.orders.models import Product
from guiju.orders.services.products import ProductDetails
from guiju.web.forms import Form


class ProductForm(Form):
    code = forms.CharField(label="编码", help_text="本公司内不重复，导入订单时凭它找到产品")
    name = forms.CharField(label="名称")
    kind = forms.ChoiceField(label="类别", choices=Product.Kind.choices)
    sector = forms.ChoiceField(label="行业", choices=CHOICES)
    approval = forms.CharField(
        label="批准文号或备案号", required=False, help_text="例如 国药准字H…、国食健注G…、食健备G…、械注准…"
    )
    unit = forms.CharField(label="单位", required=False, help_text="例如 盒、次、课时")
    price = money_field("标价（元）", required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    @property
    def details(self) -> ProductDetails:
        said = {name: value for name, value in self.cleaned_data.items() if name != "seen"}
        return ProductDetails(**said)

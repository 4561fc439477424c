"""Which data folder a command works on."""

from __future__ import annotations

import os
from pathlib import Path

import click

from guiju.project.folder import DataFolder, default_folder, open_folder

DATA = click.option(
    "--data", type=click.Path(path_type=Path), envvar="GUIJU_DATA", help="数据文件夹（环境变量 GUIJU_DATA）"
)
DEMO = click.option("--demo", is_flag=True, help="演示数据，用它自己的数据文件夹")


def chosen_folder(data: Path | None, *, demo: bool) -> DataFolder:
    """The folder that was named, else the one that is there: production first, then the demo."""
    if data is None:
        data = default_folder(demo=demo)
        if not demo and not (data / "instance.json").exists():
            other = default_folder(demo=True)
            data = other if (other / "instance.json").exists() else data
    return open_folder(data.absolute(), demo=True if demo else None)


def use_folder(folder: DataFolder) -> None:
    """Set Django up in this process to work on the folder, and let it speak Chinese."""
    os.environ["GUIJU_DATA"] = str(folder.path)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guiju.project.settings")
    import django
    from django.utils import translation

    django.setup()
    translation.activate("zh-hans")

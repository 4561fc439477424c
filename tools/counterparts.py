"""Makes sure that what the tests run against is there: finds it, or installs it as root.

Chromium for pages, slapd for the company's directory, an OpenID provider for signing in. What is
missing in the end lets its tests be skipped, and says so.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PROVIDER = Path(__file__).resolve().parents[1] / "tests" / "provider"


def main():
    if not (any(map(shutil.which, BROWSERS)) or os.environ.get("GUIJU_CHROMIUM")):
        install("Chromium", "浏览器测试", "chromium", "fonts-noto-cjk")
    if not (shutil.which("slapd") or Path("/usr/sbin/slapd").exists()):
        install("slapd", "企业目录的测试", "slapd")
    if not (PROVIDER / "node_modules" / "oidc-provider").exists():
        fetch_provider()


def install(what, used_for, *packages):
    if not shutil.which("apt-get") or os.geteuid() != 0:
        told(f"没有 {what}：{used_for}将跳过。请安装它（Debian/Ubuntu：apt install {' '.join(packages)}）")
        return
    told(f"安装 {what}（{used_for}用）")
    # The service that Debian would start with slapd is not wanted: the tests start their own.
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive", RUNLEVEL="1")
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode:
            told(f"{what} 没有装上，{used_for}将跳过：{done.stderr.decode().strip()[-300:]}")
            return


def fetch_provider():
    if not (shutil.which("node") and shutil.which("npm")):
        told("没有 Node：企业账号登录的测试将跳过。请安装它（Debian/Ubuntu：apt install nodejs npm）")
        return
    told("安装测试用的 OpenID 服务器（企业账号登录的测试用）")
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    done = subprocess.run(command, cwd=PROVIDER, capture_output=True, text=True)
    if done.returncode:
        told(f"OpenID 服务器没有装上，企业账号登录的测试将跳过：{done.stderr.strip()[-300:]}")


def told(sentence):
    print(sentence, file=sys.stderr)


if __name__ == "__main__":
    main()

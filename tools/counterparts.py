"""Makes sure that what the tests run against is there: finds it, or installs it as root.

Chromium for pages, slapd for the company's directory, an OpenID provider for signing in, openssl as
a time-stamp authority, a chain's node. What is
missing in the end lets its tests be skipped, and says so.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
TESTS = Path(__file__).resolve().parents[1] / "tests"


def main():
    if not (any(map(shutil.which, BROWSERS)) or os.environ.get("GUIJU_CHROMIUM")):
        install("Chromium", "浏览器测试", "chromium", "fonts-noto-cjk")
    if not (shutil.which("slapd") or Path("/usr/sbin/slapd").exists()):
        install("slapd", "企业目录的测试", "slapd")
    if not shutil.which("openssl"):
        install("openssl", "时间戳的测试", "openssl")
    if not (TESTS / "provider" / "node_modules" / "oidc-provider").exists():
        fetch("OpenID 服务器", "企业账号登录的测试", TESTS / "provider")
    if not (TESTS / "chain" / "node_modules" / "@foundry-rs").exists():
        fetch("区块链节点", "上链的测试", TESTS / "chain")


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


def fetch(what, used_for, folder):
    if not (shutil.which("node") and shutil.which("npm")):
        told(f"没有 Node：{used_for}将跳过。请安装它（Debian/Ubuntu：apt install nodejs npm）")
        return
    told(f"安装测试用的{what}（{used_for}用）")
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        told(f"{what}没有装上，{used_for}将跳过：{done.stderr.strip()[-300:]}")


def told(sentence):
    print(sentence, file=sys.stderr)


if __name__ == "__main__":
    main()

"""Makes sure that a Chromium is there for the browser tests: finds one, or installs it as root.

Without one the browser tests are skipped, and say so.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main():
    if any(map(shutil.which, NAMES)) or os.environ.get("GUIJU_CHROMIUM"):
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        print(
            "没有 Chromium：浏览器测试将跳过。请安装它（Debian/Ubuntu：apt install chromium fonts-noto-cjk）",
            file=sys.stderr,
        )
        return
    print("安装 Chromium（浏览器测试用）", file=sys.stderr)
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for command in (
        ["apt-get", "update"],
        ["apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-noto-cjk"],
    ):
        done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode:
            print("Chromium 没有装上，浏览器测试将跳过：" + done.stderr.decode().strip()[-300:], file=sys.stderr)
            return


if __name__ == "__main__":
    main()

"""Makes `.venv` and installs from a hashed lock file, with nothing but Python (3.11 or later).

    python3 tools/bootstrap.py product|development

Does nothing when that lock file is installed already. Written for the oldest Python that might
call it, so that it can say what is wrong.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
VENV = os.path.join(ROOT, ".venv")
PIP = os.path.join(HERE, "pip-26.3-py3-none-any.whl", "pip")


def main():
    if sys.version_info < (3, 11):
        sys.exit(
            "规矩需要 Python 3.11 或更新的版本，这里是 {}.{}：请安装后用 make PYTHON=python3.11 run".format(
                *sys.version_info[:2]
            )
        )
    wanted = sys.argv[1] if len(sys.argv) > 1 else "product"
    lock = os.path.join(ROOT, "requirements", wanted + ".lock")
    python = os.path.join(VENV, "Scripts" if os.name == "nt" else "bin", "python")
    stamp = _stamp(lock)
    if _is_installed(stamp, wanted) and os.path.exists(python):
        return
    began = time.time()
    if not _works(python):
        shutil.rmtree(VENV, ignore_errors=True)
        print("建立虚拟环境 .venv", file=sys.stderr)
        _run([sys.executable, "-m", "venv", "--without-pip", VENV], "虚拟环境没有建成")
    print("安装依赖（" + wanted + "）", file=sys.stderr)
    _run(
        [
            python,
            PIP,
            "install",
            "-qq",
            "--disable-pip-version-check",
            "--no-input",
            "--require-hashes",
            "-r",
            lock,
        ],
        "依赖没有装好：请检查能否访问软件包仓库（pip 的配置），再试一次",
    )
    _run(
        [
            python,
            PIP,
            "install",
            "-qq",
            "--disable-pip-version-check",
            "--no-deps",
            "--no-build-isolation",
            "-e",
            ROOT,
        ],
        "规矩本身没有装好",
    )
    with open(os.path.join(VENV, "installed"), "w") as file:
        file.write(wanted + " " + stamp)
    print(f"装好了（{time.time() - began:.0f} 秒）", file=sys.stderr)


def _stamp(lock):
    """Changes with the locks, with what the project declares, with Python and with the folder."""
    digest = hashlib.sha256(sys.version.encode() + ROOT.encode("utf-8", "surrogateescape"))
    for path in (lock, os.path.join(ROOT, "pyproject.toml")):
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def _is_installed(stamp, wanted):
    """Whether this lock is installed, or the development one, which holds the product's."""
    try:
        with open(os.path.join(VENV, "installed")) as file:
            name, known = file.read().split()
    except (OSError, ValueError):
        return False
    if name == wanted:
        return known == stamp
    return name == "development" and known == _stamp(os.path.join(ROOT, "requirements", "development.lock"))


def _works(python):
    """A moved folder or an upgraded Python leaves an environment that can't start."""
    try:
        shown = subprocess.run(
            [python, "-c", "import sys; print(sys.prefix)"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except OSError:
        return False
    return shown.returncode == 0 and os.path.realpath(shown.stdout.decode().strip()) == os.path.realpath(VENV)


def _run(command, sentence):
    if subprocess.run(command).returncode:
        sys.exit(sentence)


if __name__ == "__main__":
    main()

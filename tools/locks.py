"""Lock files with hashes for each Python, from settings.ini.

    python tools/locks.py           write locks/python3.10.txt to python3.13.txt anew (needs uv and a network)
    python tools/locks.py --check   exit 1 where a lock does not satisfy settings.ini

The lock of Python 3.11 has the versions with which the committed results were made. The others keep its versions where they can.
"""
import re
import subprocess
import sys
import tempfile
from configparser import ConfigParser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

root = Path(__file__).resolve().parents[1]
PYTHONS = {'3.11': '3.11.7', '3.10': '3.10.14', '3.12': '3.12.4', '3.13': '3.13.2'}  # the first one is kept to by the others
TORCH = ['torch==2.14.1', 'torchvision==0.29.1']


def wanted():
    ini = ConfigParser(delimiters=['='])
    ini.read(root/'settings.ini', encoding='utf-8')
    settings = ini['DEFAULT']
    return sorted({*settings['requirements'].split(), *settings['dev_requirements'].split()})


def lock_of(python): return root/'locks'/f'python{python}.txt'


def pins(file): return {canonicalize_name(n): v for n, v in re.findall(r'^([\w.-]+)==([\w.+]+)', file.read_text(), flags=re.M)}


def write(python, exact):
    with tempfile.TemporaryDirectory() as tmp:
        asked, kept = Path(tmp)/'asked.in', Path(tmp)/'kept.txt'
        asked.write_text('\n'.join(wanted() + TORCH))
        file = lock_of(python)
        first = lock_of(next(iter(PYTHONS)))
        if not file.exists() and first.exists(): file.write_text(first.read_text())  # uv keeps the versions of an older lock
        subprocess.run(['uv', 'pip', 'compile', asked, '--python-version', exact, '--python-platform', 'x86_64-manylinux_2_28',
                        '--generate-hashes', '--no-header', '--no-annotate', '--quiet', '-o', file], check=True)
        text = file.read_text()
        told = (f'# Exact versions for Python {python} on Linux x86_64, with hashes, for everything in settings.ini\'s requirements and dev.\n'
                '# Written by tools/locks.py.\n#   pip install --require-hashes -r ' f'locks/{file.name} && pip install -e . --no-deps\n')
        file.write_text(told + text)


def problems():
    "What a lock lacks, as sentences"
    told = []
    for python in PYTHONS:
        have = pins(lock_of(python))
        for text in wanted():
            r = Requirement(text)
            version = have.get(canonicalize_name(r.name))
            if version is None or not r.specifier.contains(version, prereleases=True):
                told.append(f'locks/python{python}.txt: has {r.name} {version}, but settings.ini asks for {text}; run python tools/locks.py')
    return told


if __name__ == '__main__':
    if '--check' in sys.argv[1:]: sys.exit('\n'.join(problems()) or None)
    for python, exact in PYTHONS.items(): write(python, exact)

"""The graph from data to site in small, on phantoms: made from nothing, then one thing changed at a time.

    python tools/small_graph.py    exit 1 where a change remakes more or less than what hangs on it
"""
import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from fetal_dilated_unet.experiments.rebuild import _run_step, _small, rebuild, remake, stale

root = Path(__file__).resolve().parents[1]
ALL = ['data', 'prepared', 'training@plain', 'training@dilated', 'results', 'notebook', 'readme', 'site']


def made_after(change, expected):
    "Steps that a change remakes must be the expected ones"
    done = []
    def run(folder, step): done.append(step); return _run_step(folder, step, subprocess.DEVNULL)
    change()
    table = remake(small, run=run)
    print('ok' if done == expected and table.same.all() else 'WRONG', done)
    return done == expected


start = time.time()
shutil.rmtree(root/'runs'/'rebuild'/'small', ignore_errors=True)
small = _small(root)
right = made_after(lambda: None, ALL)
print(f'from nothing: {time.time() - start:.0f} s')
right &= made_after(lambda: None, [])
notebook, results, settings = (small/f for f in ('table.ipynb', 'results.csv', 'params.yaml'))
right &= made_after(lambda: notebook.write_text(notebook.read_text().replace('a few phantoms', 'phantoms')), ['notebook', 'readme', 'site'])
right &= made_after(lambda: results.write_text(results.read_text() + '\n'), ['results'])  # it comes out as it was, and nothing hangs on that
right &= made_after(lambda: settings.write_text(settings.read_text().replace('epochs: 8', 'epochs: 4')), ALL[2:])
assert stale(small).empty and rebuild('small', dry=True, root=root) is False  # the settings of the project are others again
sys.exit(not right)

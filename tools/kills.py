"""Kill drivers and workers of an archive at random moments, and compare what remains with an undisturbed run.

    python tools/kills.py FOLDER --kills 20 --engine ray     FOLDER holds images; needs pip install -e ".[ray]"

Each round starts `fdu_segment` in a process group of its own, waits a random time, and kills the driver or one of its workers. At the end
the archive is finished, and every part must have the bytes of the undisturbed run.
"""
import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as parquet


def started(folder, out, engine, part):
    command = [sys.executable, '-m', 'fetal_dilated_unet.commands', 'fdu_segment', folder, '--out', str(out), '--engine', engine,
               '--part', str(part), '--workers', '2', '--pixel_size', '0.2', '--outputs', 'none', '--device', 'cpu']
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True, text=True)


def workers():
    "Processes that hold a network of the archive"
    found = []
    for p in Path('/proc').iterdir():
        if p.name.isdigit():
            try: line = (p/'cmdline').read_bytes()
            except OSError: continue
            if b'ray::' in line and b'MapBatches' in line: found.append(int(p.name))
    return found


def end(process):
    "End a driver and all that it has started"
    try: os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError: pass
    process.wait()
    subprocess.run(['ray', 'stop', '--force'], capture_output=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('folder')
    parser.add_argument('--kills', type=int, default=20)
    parser.add_argument('--engine', default='ray', choices=['local', 'ray'])
    parser.add_argument('--part', type=int, default=4)
    parser.add_argument('--out', default='kills')
    parser.add_argument('--seed', type=int, default=0)
    a = parser.parse_args()
    out, rng = Path(a.out), random.Random(a.seed)
    shutil.rmtree(out, ignore_errors=True)
    whole = started(a.folder, out/'whole', 'local', a.part)
    assert whole.wait() in (0, 1), whole.stderr.read()
    wanted = {p.name: p.read_bytes() for p in (out/'whole'/'parts').glob('*.parquet')}
    killed = dict(driver=0, worker=0)
    while sum(killed.values()) < a.kills:
        process = started(a.folder, out/'killed', a.engine, a.part)
        time.sleep(rng.uniform(8, 26) if a.engine == 'ray' else rng.uniform(0.3, 3))
        target = workers() if rng.random() < 0.5 else []
        if target:
            os.kill(rng.choice(target), signal.SIGKILL)
            killed['worker'] += 1
            time.sleep(rng.uniform(0, 3))
        if process.poll() is None: killed['driver'] += 1
        end(process)
        done = len(list((out/'killed'/'parts').glob('*.parquet')))
        print(f'{killed}: {done} of {len(wanted)} parts', flush=True)
        if done == len(wanted): shutil.rmtree(out/'killed')  # begin anew, so that there is something to kill
    last = started(a.folder, out/'killed', a.engine, a.part)
    code = last.wait()
    assert code in (0, 1), last.stderr.read()
    found = {p.name: p.read_bytes() for p in (out/'killed'/'parts').glob('*.parquet')}
    assert found == wanted, 'parts differ'
    names = [n for p in sorted((out/'killed'/'parts').glob('*.parquet')) for n in parquet.read_table(p)['filename'].to_pylist()]
    assert len(names) == len(set(names))
    print(f'{killed}: {len(names)} rows, none lost, none double, the same bytes')


if __name__ == '__main__': main()

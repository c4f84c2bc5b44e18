"""Rows a second of an archive, by engine and number of workers, without the start.

    python tools/archive_speed.py FOLDER --out throughput.csv     FOLDER holds images; needs pip install -e ".[ray]"
"""
import argparse
import csv
import shutil
import tempfile
import time
from pathlib import Path

from fetal_dilated_unet.archive import segment_archive


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('folder')
    parser.add_argument('--images', type=int, default=320, help='taken three times each (default: 320)')
    parser.add_argument('--part', type=int, default=16)
    parser.add_argument('--out', default='throughput.csv')
    a = parser.parse_args()
    work, files = Path(tempfile.mkdtemp()), sorted(Path(a.folder).resolve().glob('*.png'))[:a.images]*3
    (work/'list.csv').write_text('path\n' + '\n'.join(map(str, files)) + '\n')
    rows = []
    for engine, workers in (('ray', 1), ('ray', 2), ('local', 2)):
        told = []  # when: the start, then each part
        segment_archive(work/'list.csv', work/f'{engine}{workers}', engine=engine, workers=workers, part=a.part, pixel_size=0.2,
                        device='cpu', tell=lambda _: told.append(time.monotonic()))
        speed = (len(told) - 2)*a.part/(told[-1] - told[1])
        rows.append(dict(engine=engine, workers=workers, start_s=round(told[1] - told[0], 1), rows_per_second=round(speed, 1)))
        print(rows[-1], flush=True)
    with open(a.out, 'w', newline='') as f:
        table = csv.DictWriter(f, list(rows[0]), lineterminator='\n')
        table.writeheader()
        table.writerows(rows)
    shutil.rmtree(work)


if __name__ == '__main__': main()

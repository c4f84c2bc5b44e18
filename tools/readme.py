"""README.md from nbs/index.ipynb, by nbconvert's Markdown exporter.

    python tools/readme.py             write README.md
    python tools/readme.py --check     exit 1 where README.md is not what the notebook gives, or a number in it is not what the results give
    python tools/readme.py --pictures  draw README's two pictures anew, into nbs/images

Cells marked `#| hide` are left out. Those of index.ipynb hold the numbers of README to the committed results.
"""
import contextlib
import os
import sys
from pathlib import Path

import nbformat
from nbconvert import MarkdownExporter

root = Path(__file__).resolve().parents[1]


def index(): return nbformat.read(root/'nbs'/'index.ipynb', as_version=4)


def directives(cell): return [l for l in cell.source.splitlines() if l.startswith('#|')]


def readme() -> str:
    notebook = index()
    notebook.cells = [c for c in notebook.cells if c.cell_type == 'markdown' or '#| hide' not in directives(c)]
    for cell in notebook.cells: cell.source = '\n'.join(l for l in cell.source.splitlines() if not l.startswith('#|'))
    text, _ = MarkdownExporter().from_notebook_node(notebook)
    return text.replace('](../', '](').strip() + '\n'  # the notebook lies one folder deeper


def hold_numbers():
    "Run the hidden cells of index.ipynb, which compare README's numbers with the results"
    with working_in(root/'nbs'):
        names = {}
        for cell in index().cells:
            if cell.cell_type == 'code' and '#| hide' in directives(cell): exec(cell.source, names)


@contextlib.contextmanager
def working_in(folder):
    here = os.getcwd()
    os.chdir(folder)
    try: yield
    finally: os.chdir(here)


def pictures(folder):
    import matplotlib
    matplotlib.use('Agg')
    import matplotlib.pyplot as plt
    from fetal_dilated_unet.experiments.compare import draw_main_forest
    from fetal_dilated_unet.samples import CREDIT, samples
    from fetal_dilated_unet.segment import Segmenter
    segmenter = Segmenter(device='cpu')
    figure, axes = plt.subplots(1, 3, figsize=(10, 2.7), layout='constrained')
    for ax, scan in zip(axes, samples()): segmenter(scan.path, scan.pixel_size).show(ax)
    figure.supxlabel(f'Images: {CREDIT}', fontsize=6.5)
    forest, ax = plt.subplots(figsize=(8, 2.9), layout='constrained')
    draw_main_forest(root/'results'/'study', ax)
    for name, drawn in (('samples', figure), ('forest', forest)): drawn.savefig(folder/f'{name}.png', dpi=110)


if __name__ == '__main__':
    if '--pictures' in sys.argv[1:]: pictures(root/'nbs'/'images')
    elif '--check' in sys.argv[1:]:
        if (root/'README.md').read_text(encoding='utf-8') != readme(): sys.exit('README.md is not what nbs/index.ipynb gives; run python tools/readme.py')
        hold_numbers()
    else: (root/'README.md').write_text(readme(), encoding='utf-8')

"""README.md from nbs/index.ipynb, by nbconvert's Markdown exporter.

    python tools/readme.py           write README.md
    python tools/readme.py --check   exit 1 where README.md is not what the notebook gives

Cells marked `#| hide` are left out, of cells marked `#| echo: false` only the output is kept.
"""
import sys
from pathlib import Path

import nbformat
from nbconvert import MarkdownExporter

root = Path(__file__).resolve().parents[1]


def readme() -> str:
    notebook = nbformat.read(root/'nbs'/'index.ipynb', as_version=4)
    cells = []
    for cell in notebook.cells:
        lines = cell.source.splitlines()
        directives = [l for l in lines if l.startswith('#|')]
        if cell.cell_type == 'code' and '#| hide' in directives: continue
        if cell.cell_type == 'code' and '#| echo: false' in directives: cell = nbformat.v4.new_markdown_cell(output(cell))
        else: cell.source = '\n'.join(l for l in lines if not l.startswith('#|'))
        cells.append(cell)
    notebook.cells = cells
    text, _ = MarkdownExporter().from_notebook_node(notebook)
    return text.replace('](../', '](').replace('src="../', 'src="').strip() + '\n'  # the notebook lies one folder deeper


def output(cell) -> str:
    "What a cell shows, as Markdown"
    shown = []
    for o in cell.outputs:
        if o.output_type == 'stream': shown.append(o.text)
        else: shown.append(o.data.get('text/markdown') or o.data.get('text/plain', ''))
    return '\n\n'.join(shown)


if __name__ == '__main__':
    file, text = root/'README.md', readme()
    table = (root/'results'/'hc18_cpu'/'table1.md').read_text(encoding='utf-8').strip()
    if table not in text: sys.exit('nbs/index.ipynb shows another Table 1 than results/hc18_cpu/table1.md; run the notebook again')
    if '--check' in sys.argv[1:]:
        if file.read_text(encoding='utf-8') != text: sys.exit('README.md is not what nbs/index.ipynb gives; run python tools/readme.py')
    else: file.write_text(text, encoding='utf-8')

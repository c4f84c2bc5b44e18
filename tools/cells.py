"""How the notebooks are cut, and how README reads: counts what makes a reader stumble, and holds it to bounds.

    python tools/cells.py           print the counts; exit 1 where one is over its bound
    python tools/cells.py --list    name every place

wide: a line of code over 120 characters. several: an export cell with more than one public definition. long: an export cell over 40 lines.
bare: a heading directly above an export cell over 10 lines. untested: a public definition that the next code cell does not name.
star: a star import between modules. twice: a number that two notebooks share. printed: characters of code in cells that print prose.
module: a module over its bound, nbdev's own comments not counted. README: its words, its numbers in 100 words, its longest sentence.
"""
import ast
import json
import re
import sys
from collections import Counter
from pathlib import Path
from statistics import mean, median, quantiles

root = Path(__file__).resolve().parents[1]
BOUNDS = dict(wide=10, several=2, long=2, bare=0, untested=5, star=0, twice=0, module=0)
LONGEST_MODULE = {'annotate.py': 500, 'release.py': 330, 'commands.py': 450}  # lines; others 320; release holds the model card's text, commands all options


def notebooks():
    return sorted(p for p in (root/'nbs').rglob('*.ipynb') if '.ipynb_checkpoints' not in p.parts)


def cells(path):
    for c in json.loads(path.read_text(encoding='utf-8'))['cells']:
        yield c['cell_type'], ''.join(c['source'])


def lines(source):
    return [l for l in source.splitlines() if l.strip() and not l.lstrip().startswith('#|')]


def definitions(source):
    return [n.name for n in ast.parse(source).body if isinstance(n, (ast.FunctionDef, ast.ClassDef))]


def exports(kind, source):
    return kind == 'code' and source.lstrip().startswith('#| export')


def stumbles(path):
    "Every place of one notebook, as (what, where, which); and the (lines, definitions) of its export cells"
    found, sizes = [], []
    all_cells = list(cells(path))
    code = [s for kind, s in all_cells if kind == 'code']
    for (kind, above), (below_kind, below) in zip(all_cells, all_cells[1:]):
        heading = kind == 'markdown' and re.fullmatch(r'#+ [^\n]*', above.strip())
        if heading and exports(below_kind, below) and len(lines(below)) > 10: found.append(('bare', path.stem, above.strip()))
    for source, after in zip(code, code[1:] + ['']):
        found += [('wide', path.stem, l.strip()[:70]) for l in source.splitlines() if len(l) > 120]
        if not exports('code', source): continue
        found += [('star', path.stem, l) for l in re.findall(r'^from fetal_dilated_unet.* import \*', source, re.M)]
        names = definitions(source)
        if not names: continue
        public, size = [n for n in names if not n.startswith('_')], len(lines(source))
        sizes.append((size, len(names)))
        if len(public) > 1: found.append(('several', path.stem, ', '.join(public)))
        if size > 40: found.append(('long', path.stem, f"{', '.join(names)}: {size} lines"))
        found += [('untested', path.stem, n) for n in public if not re.search(rf'\b{n}\b', after)]
    return found, sizes


def modules():
    for p in sorted((root/'fetal_dilated_unet').rglob('*.py')):
        n = sum(not l.startswith('# %%') for l in p.read_text(encoding='utf-8').splitlines())  # nbdev's own lines
        if p.name != '_modidx.py' and n > LONGEST_MODULE.get(p.name, 320): yield 'module', p.relative_to(root).as_posix(), f'{n} lines'


def readme():
    "Words, numbers in 100 words outside of code, words of the longest sentence"
    text = (root/'README.md').read_text(encoding='utf-8')
    told = re.sub(r'```.*?```', '', text, flags=re.S)
    numbers = re.findall(r'(?<!\w)[+-]?\d[\d.,]*(?!\w)', re.sub(r'\]\([^)]*\)', ']', told))
    prose = '\n'.join('' if l.startswith(('|', '    ', '#', '!')) else l for l in re.sub(r'\]\([^)]*\)', ']', told).splitlines())
    sentences = re.split(r'(?<=[.!?:])\**\s+|\n\s*\n|\n- ', prose)
    return len(text.split()), 100*len(numbers)/len(told.split()), max(len(s.split()) for s in sentences)


def main():
    found, sizes = [], []
    for path in notebooks():
        more, some = stumbles(path)
        found += more; sizes += some
    shared = Counter(p.stem.split('_')[0] for p in notebooks() if p.stem[0].isdigit())
    found += [('twice', number, '') for number, n in shared.items() if n > 1] + list(modules())
    if '--list' in sys.argv[1:]:
        for row in found: print(*row, sep='\t')
    printed = sum(len(s) for p in notebooks() for kind, s in cells(p) if kind == 'code' and re.search(r'^#\s*\|\s*echo:\s*false', s, re.M))
    words, numbers, longest = readme()
    lengths = [n for n, _ in sizes]
    checks = [(what, sum(f[0] == what for f in found), bound) for what, bound in BOUNDS.items()]
    checks += [('printed', printed, 2000), ('definitions a cell', round(mean(n for _, n in sizes), 2), 1.1),
               ('lines a cell, median', median(lengths), 10), ('lines a cell, 90 %', quantiles(lengths, n=10)[-1], 25),
               ('README, words', words, 1100), ('README, numbers in 100 words', round(numbers, 1), 3),
               ('README, words of the longest sentence', longest, 40)]
    for what, n, bound in checks: print(f"{'    over' if n > bound else 'ok      '}  {what}: {n} (bound {bound})")
    return int(any(n > bound for _, n, bound in checks))


if __name__ == '__main__': sys.exit(main())

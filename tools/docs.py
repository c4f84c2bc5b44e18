"""The documentation site: notebooks in reading order, API, model card, results and changelog, by Sphinx, MyST-NB and furo.

    python tools/docs.py           build into _docs; warnings are errors, and links inside the site are checked

Nothing is executed: the outputs are those that lie in the notebooks.
"""
import importlib
import inspect
import re
import shutil
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import nbformat
from fastcore.docments import docments

root = Path(__file__).resolve().parents[1]
work, site = root/'_docs_source', root/'_docs'
source, built = work/'pages', work/'html'  # MyST-NB leaves pictures beside what it builds
PARTS = {  # in reading order; a part's notebooks lie in nbs, or in the folder that their path names
    'Ground': ['00_files', '01_ellipse', '02_finding', '03_tables', '04_video', '05_field_of_view', '06_anatomy',
               '07_dicom', '08_frames', '09_mosaic'],
    'Labels': ['10_annotation', '11_folders', '12_phantom', '13_catalog', '14_samples', '15_reading', '16_editor', '17_annotate', '18_json_annotation', '19_masks'],
    'Data': ['20_fetch', '21_prepare', '22_batches'],
    'Networks': ['29_header', '30_unet', '31_receptive_field', '32_weights', '33_views', '39_processors'],
    'Training': ['40_metrics', '41_losses', '42_learner', '43_train', '44_planes', '45_devices', '48_shell'],
    'One image': ['50_head', '51_confidence', '52_growth', '53_dicom_results', '54_onnx', '55_segment', '56_segment_files', '57_bodies', '58_check', '59_submission'],
    'The run': ['60_evaluate', '61_runs', '62_figures', '63_reproduce', '64_commands', '65_results', '66_report', '67_crossvalidate', '68_agreement', '69_archive'],
    'The paper, rebuilt': [f'paper/{n}' for n in ('90_claims', '91_table1', '92_figures', '93_dilation', '94_released', '95_speed', '96_deviations', '97_checklists', '98_phantoms')],
    'Experiments': [f'experiments/{n}' for n in ('70_perturb', '71_alternatives', '72_study', '73_compare', '74_held_out', '75_calibrate', '76_release', '77_speed', '78_race', '79_levels', '80_benchmark', '81_organs', '82_crop', '83_rebuild', '84_phantoms', '85_phantom_release', '86_phantoms_and_patients', '87_doubtful_first', '88_load')],
}


def notebook(name):
    "A notebook as it is read: without directives and without cells that are hidden"
    nb, cells = nbformat.read(root/'nbs'/f'{name}.ipynb', as_version=4), []
    for cell in nb.cells:
        lines = cell.source.splitlines()
        directives = [l for l in lines if l.startswith('#|')]
        if any(d.startswith(('#| hide', '#| default_exp')) for d in directives): continue
        if cell.cell_type == 'code':
            cell.source = '\n'.join(l for l in lines if not l.startswith('#|'))
            if '#| echo: false' in directives: cell.metadata['tags'] = ['remove-input']
            elif name.startswith('paper/'): cell.metadata['tags'] = ['hide-input']  # where results are told, code opens by a click
            for output in cell.outputs:  # as on a page, one form of each is enough
                if 'text/html' in output.get('data', {}): output.data.pop('text/plain', None)
        else: cell.source = links(cell.source, '../'*(1 + name.count('/')))
        cells.append(cell)
    nb.cells = cells
    nb.metadata.pop('widgets', None)
    return nb


def links(text, up=''):
    "Links to folders and files of the repository lead to the pages that show them"
    text = re.sub(r'\]\((\.\./)*fetal_dilated_unet/weights/README\.md\)', f']({up}model_card.md)', text)
    text = re.sub(r'\]\((\.\./)*fetal_dilated_unet/weights/phantoms\.md\)', f']({up}model_card_phantoms.md)', text)
    text = re.sub(r'\]\((\.\./)*results(/\w+)?/?\)', f']({up}results.md)', text)
    text = re.sub(r'\]\((\.\./)*nbs/?\)', f']({up}notebooks.md)', text)
    text = re.sub(r'\]\((\.\./)*index\.ipynb\)', f']({up}index.md)', text)
    return re.sub(r'\]\((\.\./)*(CONTRIBUTING\.md)\)', rf']({up}\2)', text)


def described(name, thing):
    "One function or class as Markdown, its parameters as a table"
    members = [thing] if not inspect.isclass(thing) else [thing.__init__] if '__init__' in vars(thing) and not hasattr(thing, '__dataclass_fields__') else []
    lines = [f'## {name}', '']
    try: signature = str(inspect.signature(thing))
    except (TypeError, ValueError): signature = ''
    signature = short(signature)
    lines += ['```python', f"{'class ' if inspect.isclass(thing) else ''}{name}{signature}"[:400], '```', '', inspect.getdoc(thing) or '', '']
    target = thing if hasattr(thing, '__dataclass_fields__') else members[0] if members else None
    if target is not None:
        try: known = docments(target, full=True)
        except Exception: known = {}
        for k, v in known.items():  # what stands behind **changes, docments takes for the return's
            said = v.get('kind') is inspect.Parameter.VAR_KEYWORD and not v.docment and re.search(rf'\*\*{k},?\s*#\s*(.+)', inspect.getsource(target))
            if said:
                if known['return'].docment == said[1]: known['return'].docment = None
                v.docment = said[1]
        rows = [(k, v) for k, v in known.items() if k not in ('self', 'cls') and getattr(v, 'docment', None)]
        if rows:
            lines += ['| | default | meaning |', '| --- | --- | --- |']
            for k, v in rows:
                default = '' if k == 'return' or v.default is inspect.Parameter.empty else f'`{v.default!r}`'
                default = default if len(default) < 40 and ' at 0x' not in default else ''
                lines.append(f"| {'*gives*' if k == 'return' else f'`{k}`'} | {default.replace('|', chr(92) + '|')} | {escaped(v.docment)} |")
            lines.append('')
    if inspect.isclass(thing):
        for member, value in vars(thing).items():
            f = value.fget if isinstance(value, property) else getattr(value, '__func__', value)
            if member.startswith('_') or not inspect.isfunction(f) or not f.__doc__: continue
            try: arguments = '' if isinstance(value, property) else re.sub(r'^\(self[^,)]*(, )?', '(', short(str(inspect.signature(f))))
            except ValueError: arguments = ''
            lines.append(f"- `.{member}{arguments[:200]}`: {escaped(inspect.getdoc(f))}")
        lines.append('')
    return lines


def short(signature): return re.sub(r'\b(fetal_dilated_unet\.\w+|pandas|numpy|pathlib|torch)\.(?=[A-Za-z])', '', re.sub(r' at 0x[0-9a-f]+', '', signature))


def escaped(text): return ' '.join(str(text).split()).replace('|', '\\|').replace('<', '\\<').replace('*', '\\*').replace('$', '\\$')


def collect():
    "Everything that Sphinx reads"
    shutil.rmtree(work, ignore_errors=True)
    (source/'nbs').mkdir(parents=True)
    (source/'api').mkdir()
    shutil.copytree(root/'nbs'/'images', source/'nbs'/'images')
    for figure in (root/'results').rglob('*.png'):
        (source/figure.relative_to(root)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(figure, source/figure.relative_to(root))
    names = [n for part in PARTS.values() for n in part]
    there = {p.relative_to(root/'nbs').with_suffix('').as_posix() for p in (root/'nbs').rglob('*.ipynb') if '.ipynb_checkpoints' not in p.parts} - {'index'}
    if set(names) != there: sys.exit(f'tools/docs.py: PARTS and nbs differ in {sorted(set(names) ^ there)}')
    for name in names:
        (source/'nbs'/name).parent.mkdir(exist_ok=True)
        nbformat.write(notebook(name), source/'nbs'/f'{name}.ipynb')
    tree = lambda caption, pages, depth=1: ['```{toctree}', f':maxdepth: {depth}', f':caption: {caption}', '', *pages, '```', '']
    for file in ('LICENSE', 'CITATION.cff'): shutil.copy(root/file, source/file)

    modules = [m for n in names for m in re.findall(r'#\| default_exp ([\w.]+)', (root/'nbs'/f'{n}.ipynb').read_text(encoding='utf-8'))]
    for m in modules:
        module = importlib.import_module(f'fetal_dilated_unet.{m}')
        lines = [f'# {m}', '', module.__doc__ or '', '']
        for name in getattr(module, '__all__', []):
            thing = getattr(module, name)
            if inspect.isfunction(thing) or inspect.isclass(thing): lines += described(name, thing)
        (source/'api'/f'{m}.md').write_text('\n'.join(lines), encoding='utf-8')
    (source/'api.md').write_text('\n'.join(['# API', '', 'Every public function and class, with the meaning of its parameters, by module in reading order.', '', *tree('Modules', [f'api/{m}' for m in modules if not m.startswith('experiments.')]),
        *tree('Experiments: the machinery behind the committed results', [f'api/{m}' for m in modules if m.startswith('experiments.')])]), encoding='utf-8')
    (source/'notebooks.md').write_text('\n'.join(['# Notebooks in reading order', '', *(l for caption, part in PARTS.items() for l in tree(caption, [f'nbs/{n}' for n in part]))]), encoding='utf-8')
    for name, card in (('README', 'model_card'), ('phantoms', 'model_card_phantoms')):
        shutil.copy(root/'fetal_dilated_unet'/'weights'/f'{name}.md', source/f'{card}.md')
    shutil.copy(root/'CHANGELOG.md', source/'changelog.md')
    (source/'CONTRIBUTING.md').write_text(links((root/'CONTRIBUTING.md').read_text(encoding='utf-8')), encoding='utf-8')
    results = ['# Results', '', 'Tables and figures of the committed runs; each lies in a folder of `results` beside the `run.json` that tells how it was made.', '']
    for folder, title in (('hc18_cpu', 'HC18, preset `cpu`'), ('quick', 'Phantoms, preset `quick`')):
        results += [f'## {title}', '', (root/'results'/folder/'table1.md').read_text(encoding='utf-8'), '']
        results += [line for png in sorted((root/'results'/folder/'figures').glob('*.png')) for line in (f'![{png.stem}]({png.relative_to(root).as_posix()})', '')]
        if folder == 'hc18_cpu': results += ['Images: HC18, van den Heuvel et al., PLOS ONE 2018, CC BY 4.0.', '']
    (source/'results.md').write_text('\n'.join(results), encoding='utf-8')
    front = links((root/'README.md').read_text(encoding='utf-8'))
    (source/'index.md').write_text(front + '\n' + '\n'.join([*tree('Read', ['notebooks', 'results', 'model_card', 'model_card_phantoms']), *tree('Use', ['api', 'changelog', 'CONTRIBUTING'])]), encoding='utf-8')


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.ids = [], set()

    def handle_starttag(self, tag, attributes):
        for k, v in attributes:
            if k == 'id': self.ids.add(v)
            if (tag, k) in (('a', 'href'), ('img', 'src')) and v and not re.match(r'[a-z]+:|//', v): self.found.append(v)


def dead_links():
    "Links inside the site that lead nowhere"
    pages = {}
    for page in site.rglob('*.html'):
        pages[page.resolve()] = Links()
        pages[page.resolve()].feed(page.read_text(encoding='utf-8'))
    for page, known in pages.items():
        for link in known.found:
            path, _, place = link.partition('#')
            target = (page.parent/unquote(path.split('?')[0])).resolve() if path else page
            if target.is_dir(): target = target/'index.html'
            if not target.exists() or place and target in pages and unquote(place) not in pages[target].ids: yield f'{page.relative_to(site)}: {link}'


if __name__ == '__main__':
    start = time.time()
    collect()
    done = subprocess.run([sys.executable, '-m', 'sphinx', '-W', '--keep-going', '-q', '-j', 'auto', '-c', root/'docs', '-d', work/'doctrees', '-b', 'html', source, built])
    if done.returncode: sys.exit(done.returncode)
    shutil.rmtree(site, ignore_errors=True)
    shutil.move(built, site)
    dead = sorted(set(dead_links()))
    if dead: sys.exit('dead links:\n' + '\n'.join(dead))
    size = sum(p.stat().st_size for p in site.rglob('*') if p.is_file())/1e6
    print(f'_docs/index.html: {len(list(site.rglob("*.html")))} pages, {size:.0f} MB, {time.time() - start:.0f} s')

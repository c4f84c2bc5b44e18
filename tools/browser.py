"""The annotator, and every notebook, in JupyterLab under a real browser.

    python tools/browser.py annotate            draw, turn, stretch, accept, undo, kill the kernel, come back
    python tools/browser.py notebooks [NAME...] open and run notebooks from a fresh kernel, in reading order
    python tools/browser.py pictures FOLDER     annotator.png and annotator_steps.png, for 17_annotate, README and the site

It needs Playwright (`pip install fetal_dilated_unet[browser]`) and Chromium (Debian's package `chromium`).
"""
import contextlib
import math
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import cv2
import numpy as np

from fetal_dilated_unet.annotation import read_annotations
from fetal_dilated_unet.phantom import write_phantoms

root = Path(__file__).resolve().parents[1]
FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
HEIGHT, WIDTH = 270, 400  # of the phantoms; the canvas shows them at twice that


def chromium():
    return next((p for p in (os.environ.get('CHROMIUM'), shutil.which('chromium'), shutil.which('chromium-browser'), shutil.which('google-chrome')) if p), None)


@contextlib.contextmanager
def jupyterlab(folder):
    "A JupyterLab of our own; gives its address, and how to kill its kernels"
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
    home = Path(tempfile.mkdtemp())
    command = [sys.executable, '-m', 'jupyterlab', '--no-browser', '--ip=127.0.0.1', f'--port={port}', '--IdentityProvider.token=', f'--ServerApp.root_dir={folder}', '--expose-app-in-browser', '--allow-root']
    quiet = home/'settings'/'@jupyterlab'/'apputils-extension'/'notification.jupyterlab-settings'  # no question about news
    quiet.parent.mkdir(parents=True)
    quiet.write_text('{"fetchNews": "false", "checkForUpdates": false}')
    log = open(home/'log', 'w')
    server = subprocess.Popen(command, stdout=log, stderr=log, env={k: v for k, v in os.environ.items() if k != 'MPLBACKEND'} | dict(JUPYTER_CONFIG_DIR=str(home), JUPYTER_DATA_DIR=str(home/'data'), JUPYTER_RUNTIME_DIR=str(home/'runtime'), JUPYTERLAB_SETTINGS_DIR=str(home/'settings'), JUPYTERLAB_WORKSPACES_DIR=str(home/'workspaces')))
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f'http://127.0.0.1:{port}/api', timeout=1).read()
                break
            if server.poll() is not None: sys.exit('JupyterLab did not start:\n' + (home/'log').read_text())
            time.sleep(0.2)
        else: sys.exit('JupyterLab did not answer:\n' + (home/'log').read_text())
        yield f'http://127.0.0.1:{port}', lambda: subprocess.run(['pkill', '-9', '-P', str(server.pid)])
    finally:
        server.terminate()
        try: server.wait(10)
        except subprocess.TimeoutExpired: server.kill()
        shutil.rmtree(home, ignore_errors=True)


class Lab:
    "A page with a notebook in JupyterLab"
    def __init__(self, browser, address, notebook, width=1400, height=1000, scale=1):
        self.page = browser.new_page(viewport=dict(width=width, height=height), device_scale_factor=scale)
        self.address, self.notebook = address, notebook
        self.open()

    def open(self):
        self.page.goto(f'{self.address}/lab/tree/{self.notebook}?reset', wait_until='domcontentloaded')
        self.page.wait_for_selector('.jp-Notebook .jp-Cell', timeout=60_000)
        self.page.wait_for_function('window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === "idle"', timeout=60_000)

    def close(self):
        self.page.evaluate('window.jupyterapp.shell.currentWidget.sessionContext.shutdown()')
        self.page.close()

    def run_all(self, timeout=150):
        "Run all cells from a fresh kernel; gives what a reader would take for a warning"
        self.page.evaluate("""() => {
            window.allRun = false; window.runFailed = null;
            window.jupyterapp.commands.execute('notebook:run-all-cells').then(() => { window.allRun = true; }).catch(e => { window.allRun = true; window.runFailed = String(e); });
        }""")
        try: self.page.wait_for_function('window.allRun', timeout=timeout*1000)
        except Exception:
            self.page.screenshot(path=str(root/'runs'/'browser_failed.png'))
            return [f'not through after {timeout} s; see runs/browser_failed.png']
        return self.page.evaluate("""() => {
            const found = window.runFailed ? [window.runFailed] : [];
            for (const cell of window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells) {
                if (cell.cell_type !== 'code') continue;
                for (const o of cell.toJSON().outputs) {
                    if (o.output_type === 'error') found.push(o.ename + ': ' + o.evalue);
                    if (o.output_type === 'stream' && o.name === 'stderr') found.push([].concat(o.text).join(''));
                }
            }
            return found;
        }""")

    # the picture
    def canvas(self):
        where = self.page.locator('.jupyter-matplotlib-canvas-div canvas').first
        where.scroll_into_view_if_needed()
        box = where.bounding_box()
        return box['x'], box['y'], box['width'], box['height']

    def place(self, x, y, view=None):
        "Where on the page a place of the image lies; `view` is what the picture shows: left, top, width, height in px of the image"
        left, top, width, height = view or (-0.5, -0.5, WIDTH, HEIGHT)
        x0, y0, w, h = self.canvas()
        return x0 + (x - left)/width*w, y0 + (y - top)/height*h

    def click(self, *points, view=None):
        for p in points:
            self.page.mouse.move(*self.place(*p, view)); self.page.mouse.down(); self.page.mouse.up()
            self.page.wait_for_timeout(150)

    def drag(self, *points, view=None, steps=8):
        self.page.mouse.move(*self.place(*points[0], view)); self.page.mouse.down()
        for p in points[1:]: self.page.mouse.move(*self.place(*p, view), steps=steps)
        self.page.mouse.up()
        self.page.wait_for_timeout(400)

    def key(self, key):
        self.page.mouse.move(*self.place(5, 5))
        self.page.locator('.jupyter-matplotlib-canvas-div').first.focus()
        self.page.keyboard.press(key)
        self.page.wait_for_timeout(600)

    def button(self, text):
        self.page.locator(f'button.jupyter-button:text-is("{text}")').first.click()
        self.page.wait_for_timeout(600)

    def text(self): return self.page.locator('.jp-OutputArea-output').last.inner_text()

    def settled(self, condition, what, seconds=20):
        end = time.time() + seconds
        while time.time() < end:
            if condition(): return
            self.page.wait_for_timeout(100)
        self.page.screenshot(path=str(root/'runs'/'browser_failed.png'))
        sys.exit(f'{what}: did not happen within {seconds} s; see runs/browser_failed.png. The widget says: {self.text()}')

    def outline_error(self, ellipse, view=None):
        "How far the blue outline on the screen lies from an ellipse, 95th percentile over its points, in px of the image"
        self.page.mouse.move(5, 5); self.page.wait_for_timeout(500)
        x0, y0, w, h = self.canvas()
        shot = cv2.imdecode(np.frombuffer(self.page.screenshot(clip=dict(x=x0, y=y0, width=w, height=h)), np.uint8), cv2.IMREAD_COLOR).astype(int)
        blue = np.clip(1 - np.abs(shot - (255, 160, 64)).sum(2)/200, 0, 1).astype(np.float32)
        left, top, width, height = view or (-0.5, -0.5, WIDTH, HEIGHT)
        scale = shot.shape[1]/width
        handles = [np.add((ellipse.center_x, ellipse.center_y), p) for t in (0, math.pi/2, math.pi, 3*math.pi/2) for p in [ellipse.contour(4)[round(t/(math.pi/2))] - (ellipse.center_x, ellipse.center_y)]]
        errors = []
        for k, (x, y) in enumerate(ellipse.contour(180)):
            if min(math.dist((x, y), q) for q in handles)*scale < 14*shot.shape[1]/w: continue  # a handle lies over the line
            nx, ny = np.subtract(ellipse.contour(180)[(k + 1) % 180], ellipse.contour(180)[k - 1])[::-1]*(1, -1)
            n = math.hypot(nx, ny)
            steps = np.arange(-6, 6.01, 0.25)  # px of the screen, across the line
            sx, sy = ((x - left)*scale - 0.5 + steps*nx/n).astype(np.float32), ((y - top)*scale - 0.5 + steps*ny/n).astype(np.float32)
            if not (6 < sx.mean() < shot.shape[1] - 6 and 6 < sy.mean() < shot.shape[0] - 6): continue
            seen = cv2.remap(blue, sx[None], sy[None], cv2.INTER_LINEAR)[0]
            errors.append(abs((seen*steps).sum()/seen.sum())/scale if seen.sum() > 0.5 else math.inf)
        return float(np.sort(errors)[int(0.95*len(errors))]) if errors else math.inf


def annotate_in(browser, address, kill_kernels, folder, width, height, scale, picture):
    "All moves of a person at one size of window"
    images, name = folder/f'images_{width}', f'draw_{width}.ipynb'
    write_phantoms(images, 6, seed=3, height=HEIGHT, width=WIDTH)
    files = sorted(images.glob('*.png'))
    truth = {f: read_annotations(f.with_suffix('.xml'))[0].ellipse for f in files}
    for f in files: f.with_suffix('.xml').unlink()
    xml = {f: images/'readers'/'A'/f.with_suffix('.xml').name for f in files}
    on_disk = lambda f: read_annotations(xml[f])[0].ellipse
    write_notebook(folder/name, ['from fetal_dilated_unet.annotate import Annotator', f"a = Annotator('{images.name}', pixel_size=0.4, width={picture})\na"])
    lab, checks = Lab(browser, address, name, width, height, scale), []
    for again in (True, False):
        problems = lab.run_all()
        if problems: sys.exit(f'warnings in the notebook: {problems}')
        try: lab.page.wait_for_selector('.jupyter-matplotlib-canvas-div canvas', timeout=40_000)
        except Exception:  # once in several runs the page misses the canvas's first message
            if not again: raise
            print('note: the canvas stayed empty, so the page is loaded anew')
            lab.open()
        else: break
    lab.page.wait_for_timeout(1500)

    def agree(what, f, view=None):
        for _ in range(5):  # a picture takes its time to arrive
            error = lab.outline_error(on_disk(f), view)
            if error < 1: break
        checks.append((what, error))
        if not error < 1: lab.page.screenshot(path=str(root/'runs'/'browser_failed.png')); sys.exit(f'{what}: outline on the screen and ellipse on the disk lie {error:.2f} px apart')
    first, second, third = files[:3]
    skull = truth[first]
    lab.click(*skull.contour(4)[[0, 2, 1]])
    lab.settled(xml[first].exists, 'three clicks')
    agree('three clicks', first)
    assert np.abs(on_disk(first).contour(8) - skull.contour(8)).max() < 1.5, 'three clicks on the skull are not the skull'

    e = on_disk(first); side = e.contour(4)[1]; away = np.subtract(side, (e.center_x, e.center_y)); away = away/np.linalg.norm(away)
    lab.drag(side, side + 14*away)
    lab.settled(lambda: abs(on_disk(first).area - e.area*(1 + 7/e.semi_minor)) < 0.03*e.area, 'stretching')
    agree('stretched', first)

    e = on_disk(first); beyond = e.semi_major + 30*WIDTH/lab.canvas()[2]
    side = 1 if math.cos(e.angle) >= 0 else -1
    knob, turned = ((e.center_x + side*beyond*math.cos(a), e.center_y + side*beyond*math.sin(a)) for a in (e.angle, e.angle + 0.3))
    lab.drag(knob, turned)
    lab.settled(lambda: abs(math.sin(on_disk(first).angle - e.angle - 0.3)) < 0.02, 'turning')
    agree('turned', first)

    e = on_disk(first); lab.drag((e.center_x, e.center_y), (e.center_x + 11, e.center_y - 7))
    lab.settled(lambda: math.dist((on_disk(first).center_x, on_disk(first).center_y), (e.center_x + 11, e.center_y - 7)) < 1, 'moving')
    agree('moved', first)

    before = on_disk(first)
    for n in (1, 2): lab.page.mouse.move(*lab.place(before.center_x, before.center_y)); lab.page.mouse.wheel(0, -120); lab.page.wait_for_timeout(500)
    zoomed = [c - 0.64*(c - edge) for c, edge in ((before.center_x, -0.5), (before.center_y, -0.5))]
    view = (*zoomed, 0.64*WIDTH, 0.64*HEIGHT)
    agree('zoomed', first, view)
    end = before.contour(4)[0]; outward = np.subtract(end, (before.center_x, before.center_y)); outward = outward/np.linalg.norm(outward)
    lab.drag(end, end - 9*outward, view=view)
    lab.settled(lambda: abs(on_disk(first).area - before.area*(1 - 4.5/before.semi_major)) < 0.01*before.area, 'stretching while zoomed')
    agree('stretched while zoomed', first, view)
    lab.key('w')

    lab.key('u')
    lab.settled(lambda: on_disk(first) == before, 'undo')
    agree('undone', first)

    lab.key('n'); lab.key('s')
    lab.settled(lambda: 'suggested' in lab.text().split('image')[0], 'a suggestion', 60)
    assert not xml[second].exists(), 'a suggestion that nobody touched was written'
    lab.button('accept')
    lab.settled(xml[second].exists, 'accepting')
    lab.settled(lambda: files[2].name in lab.text(), 'going on after accepting')

    skull = truth[third]; lab.drag(skull.contour(2)[0], (skull.center_x, skull.center_y), skull.contour(2)[1])
    lab.settled(xml[third].exists, 'a drag from end to end')
    agree('a drag from end to end', third)
    lab.page.locator('input[placeholder="why skip it?"]').fill('head cut off'); lab.page.keyboard.press('Tab')
    lab.key('n')
    lab.button('skip')
    lab.settled(lambda: (images/'readers'/'A'/'skipped.csv').exists(), 'skipping')

    kept = {f: xml[f].read_bytes() for f in files if xml[f].exists()}
    kill_kernels()
    lab.page.close()
    time.sleep(5)  # JupyterLab notices, and starts another kernel
    lab = Lab(browser, address, name, width, height, scale)
    assert not lab.run_all()
    lab.page.wait_for_selector('.jupyter-matplotlib-canvas-div canvas', timeout=60_000)
    lab.settled(lambda: '3 done' in lab.text() and '1 skipped' in lab.text() and files[4].name in lab.text().split('image')[0], 'coming back')
    for f, content in kept.items(): assert xml[f].read_bytes() == content, f'{f.name} changed while nobody drew'
    lab.page.locator('.jupyter-widgets select').first.select_option(index=0)
    lab.settled(lambda: lab.text().startswith(files[0].name), 'choosing from the list')
    lab.page.wait_for_timeout(1000)
    agree('after the kernel was killed', first)
    lab.page.close()
    return checks


def write_notebook(file, cells):
    import nbformat
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells], metadata=dict(kernelspec=dict(name='python3', display_name='Python 3', language='python')))
    nbformat.write(notebook, file)


@contextlib.contextmanager
def browser_and_lab():
    from playwright.sync_api import sync_playwright
    if not chromium(): sys.exit('Chromium is not installed (Debian: apt install chromium)')
    (root/'runs').mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp())
    with jupyterlab(folder) as (address, kill_kernels), sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium(), args=FLAGS)
        try: yield browser, address, kill_kernels, folder
        finally: browser.close()
    shutil.rmtree(folder, ignore_errors=True)


def annotate():
    with browser_and_lab() as (browser, address, kill_kernels, folder):
        for size in ((1400, 1000, 1, 800), (960, 760, 2, 500)):
            for what, error in annotate_in(browser, address, kill_kernels, folder, *size): print(f'ok  {size[0]}x{size[1]}, {size[2]} px a point: {what}, {error:.2f} px apart')


def notebooks(*names):
    names = names or sorted(p.relative_to(root/'nbs').with_suffix('').as_posix() for p in (root/'nbs').rglob('*.ipynb') if '.ipynb_checkpoints' not in p.parts)
    bad = 0
    with browser_and_lab() as (browser, address, _, folder):
        for file in subprocess.run(['git', 'ls-files'], cwd=root, capture_output=True, text=True, check=True).stdout.splitlines():
            (folder/file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root/file, folder/file)
        for name in names:
            start = time.time()
            lab = Lab(browser, address, f'nbs/{name}.ipynb')
            found = lab.run_all()
            lab.close()
            bad += bool(found)
            print(f"{'BAD' if found else 'ok '} {name} ({time.time() - start:.0f} s)", *(f'\n    {w.strip()[:400]}' for w in found), flush=True)
    sys.exit(bool(bad))


def pictures(to):
    "The whole annotator, and four moments of its use side by side"
    from PIL import Image, ImageDraw, ImageFont
    import matplotlib
    from fetal_dilated_unet.segment import Segmenter
    font = ImageFont.truetype(Path(matplotlib.get_data_path())/'fonts'/'ttf'/'DejaVuSans.ttf', 24)
    with browser_and_lab() as (browser, address, _, folder):
        images = folder/'images'
        write_phantoms(images, 5, seed=9, height=540, width=800)
        for x in images.glob('*.xml'): x.unlink()
        write_notebook(folder/'draw.ipynb', ["from fetal_dilated_unet.annotate import Annotator\na = Annotator('images', reader='A', pixel_size=0.2, suggest=True)\na"])
        lab = Lab(browser, address, 'draw.ipynb', 1560, 1000)
        assert not lab.run_all()
        lab.page.wait_for_selector('.jupyter-matplotlib-canvas-div canvas', timeout=60_000)
        lab.settled(lambda: 'suggested' in lab.text(), 'a suggestion', 60)
        whole, moments = (0, 0, 800, 540), []

        def moment(words, hand=None):
            lab.page.wait_for_timeout(1500)
            box = lab.page.locator('.jp-OutputArea-output .jupyter-widgets').first.bounding_box()
            x0, y0, w, h = lab.canvas()
            shot = folder/'shot.png'
            lab.page.screenshot(path=str(shot), clip=dict(x=box['x'], y=box['y'], width=x0 + w - box['x'], height=y0 + h - box['y']))
            picture = Image.open(shot).convert('RGB')
            if hand is not None:  # headless browsers show no pointer
                x, y = lab.place(*hand, whole)
                x, y = x - box['x'], y - box['y']
                arrow = [(0, 0), (0, 30), (7, 24), (12, 35), (17, 33), (12, 22), (21, 22)]
                ImageDraw.Draw(picture).polygon([(x + i, y + j) for i, j in arrow], fill='black', outline='white')
            framed = Image.new('RGB', (picture.width, picture.height + 44), 'white')
            framed.paste(picture, (0, 44))
            ImageDraw.Draw(framed).text((2, 6), f'{len(moments) + 1}  {words}', fill='black', font=font)
            moments.append(framed)

        lab.page.mouse.move(5, 5)
        moment('The network suggests an ellipse; nothing is written')
        first = sorted(images.glob('*.png'))[0]
        e = Segmenter()(first).ellipse
        end = e.contour(4)[1]
        beyond = np.add(end, 0.12*np.subtract(end, (e.center_x, e.center_y)))
        lab.page.mouse.move(*lab.place(*end, whole)); lab.page.mouse.down(); lab.page.mouse.move(*lab.place(*beyond, whole), steps=8)
        moment('A handle is dragged, the head circumference follows', beyond)
        lab.page.mouse.up(); lab.page.mouse.move(5, 5)
        lab.settled((images/'readers'/'A'/first.with_suffix('.xml').name).exists, 'writing')
        moment('Let go: the ellipse is this reader\'s, its XML is on the disk')
        lab.button('next'); lab.page.mouse.move(5, 5)
        lab.settled(lambda: 'suggested' in lab.text().split('image')[0], 'a suggestion', 60)
        moment('The next image; the key a accepts and goes on')
        width, height = moments[0].width, moments[0].height
        sheet = Image.new('RGB', (2*width + 24, 2*height + 24), 'white')
        for k, m in enumerate(moments): sheet.paste(m, ((k % 2)*(width + 24), (k//2)*(height + 24)))
        sheet.resize((sheet.width*3//4, sheet.height*3//4), Image.LANCZOS).quantize(160, method=Image.Quantize.MAXCOVERAGE).save(Path(to)/'annotator_steps.png', optimize=True)

        lab.button('accept')
        lab.page.mouse.move(5, 5); lab.page.wait_for_timeout(1500)
        lab.page.locator('.jp-OutputArea-output .jupyter-widgets').first.screenshot(path=str(Path(to)/'annotator.png'))
        Image.open(Path(to)/'annotator.png').convert('RGB').quantize(96).save(Path(to)/'annotator.png', optimize=True)


if __name__ == '__main__':
    tasks = dict(annotate=annotate, notebooks=notebooks, pictures=pictures)
    if len(sys.argv) < 2 or sys.argv[1] not in tasks: sys.exit(__doc__)
    tasks[sys.argv[1]](*sys.argv[2:])

"The light distribution: what measures heads in images, without PyTorch. Its sources are those of the folder above."
from configparser import ConfigParser
from pathlib import Path
from setuptools import setup

root = Path(__file__).resolve().parents[1]
ini = ConfigParser(delimiters=['='])
ini.read(root/'settings.ini', encoding='utf-8')
cfg = ini['DEFAULT']
scripts = [s for s in cfg['console_scripts'].split() if s.partition('=')[0] in cfg['light_scripts'].split()]

setup(
    name=cfg['lib_name'] + '_light', version=cfg['version'], license='Apache-2.0',
    description='Finds and measures the fetal head in ultrasound: the part of fetal_dilated_unet that needs no PyTorch',
    author=cfg['author'], author_email=cfg['author_email'], keywords=cfg['keywords'],
    packages=[cfg['lib_name']], package_dir={cfg['lib_name']: f"../{cfg['lib_path']}"},
    package_data={cfg['lib_name']: ['py.typed', 'schema/*', 'weights/*', 'weights/planes/*', 'images/*']},
    python_requires='>=' + cfg['min_python'],
    install_requires=cfg['light_requirements'].split(),
    extras_require={'dicom': cfg['dicom_requirements'].split(), 'excel': cfg['excel_requirements'].split()},
    entry_points={'console_scripts': scripts},
)

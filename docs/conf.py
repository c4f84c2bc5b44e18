"How Sphinx shows what tools/docs.py collects"
project = 'fetal_dilated_unet'
copyright = 'the fetal_dilated_unet contributors'
extensions = ['myst_nb']
html_theme = 'furo'
html_title = 'fetal_dilated_unet'
html_static_path = ['_static']
html_css_files = ['pages.css']
nb_execution_mode = 'off'
nb_merge_streams = True
nb_render_markdown_format = 'myst'  # tables in outputs too
html_use_index = False
myst_enable_extensions = ['dollarmath']
myst_heading_anchors = 3
myst_links_external_new_tab = True
html_copy_source = False
html_show_sourcelink = False

"""Understanding a model: stages that run on demand (``make understand``), and the comparison of two runs.

``dvc.yaml`` beside this file has the stages, so that a plain ``dvc repro`` runs none of them. They read what the
pipeline wrote, and nothing of the pipeline reads them.
"""

"""Pengcheng (鹏城): a city operating system. Storeys import downward only; see ARCHITECTURE.md."""

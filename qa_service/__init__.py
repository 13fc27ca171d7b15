"""Policy-consultation Q&A bank (政策咨询问答库) of a district government."""

__version__ = "0.1.0"

"""Packaging: conf/, jobs/ and streaming/ lie beside lib/ in the checkout and inside the package when installed."""

from setuptools import find_packages, setup

BESIDE = {"supplyline.conf": "conf", "supplyline.jobs": "jobs", "supplyline.streaming": "streaming"}

RUN = [
    "apache-flink>=2.3,<2.4",
    "delta-spark>=4.4,<4.5",
    "deltalake>=1.6,<2",
    "duckdb>=2.0,<3",
    "ipykernel>=7",  # notebooks/ run in this environment
    "lightgbm>=4.7",  # needs libgomp1 of the system; `supplyline doctor` says so
    "numba>=0.68",
    "numpy>=2.1",
    "pandas>=2.2,<3",
    "plotly>=7",
    "polars>=2.1,<3",
    "pyarrow>=16.1",
    "pydantic>=2.14,<3",
    "pyspark>=4.1,<4.2",  # 4.2 wants a newer pyarrow than Flink's beam allows
    "PyYAML>=6",
    "rich>=15",
    "scikit-learn>=1.9",
    "scipy>=1.17",
    "structlog>=26",
    "typer>=0.29",
]
DEV = [
    "confluent-kafka>=2.16",
    "hypothesis>=6.170",
    "mypy>=2.4",
    "nbclient>=0.11",
    "pandas-stubs",
    "psycopg[binary]>=3.3",
    "pytest>=9",
    "pytest-timeout>=2.4",
    "pytest-xdist>=3.8",  # two files of tests side by side
    "ruff>=0.17",
    "setuptools>=77",  # builds the wheel, without a network, in tests and `make package`
    "statsforecast>=2.1,<3",  # the peer of `simulate --autoets`, of tests and benchmarks
    "statsmodels>=0.15",  # a second opinion on models
    "types-PyYAML",
]

setup(
    name="supplyline",
    version="0.1.0",
    description="A shop's raw files to forecasts, reorder points and live alerts, on Spark, Flink and Delta Lake",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.11,<3.12",
    package_dir={"": "lib", **BESIDE},
    packages=[*find_packages("lib"), *BESIDE],
    package_data={"supplyline": ["py.typed"], "supplyline.conf": ["*.*", "**/*.*"]},
    install_requires=RUN,
    extras_require={"dev": DEV},
    entry_points={"console_scripts": ["supplyline = supplyline.cli.main:app_main"]},
)

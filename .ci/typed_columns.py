"""Every table of a lake opens in polars, DuckDB and pandas with the same number of rows and with typed columns."""

import pathlib
import sys

import duckdb
import pandas
import polars
import pyarrow.parquet

lake = pathlib.Path(sys.argv[1])
tables = sorted({p.parent if not p.parent.name.startswith("day=") else p.parent.parent for p in lake.rglob("part.parquet")})
tables = [t for t in tables if "_talktrack" not in t.parts]
assert tables, f"no tables below {lake}"
for table in tables:
    files = sorted(table.glob("**/part.parquet"))
    pattern = str(table / "**" / "part.parquet")
    in_polars = polars.scan_parquet(files, hive_partitioning=True).collect()
    in_duckdb = duckdb.sql(f"select count(*) from read_parquet('{pattern}', hive_partitioning=true)").fetchall()[0][0]
    in_pandas = sum(len(pandas.read_parquet(f)) for f in files)
    assert len(in_polars) == in_duckdb == in_pandas, (table, len(in_polars), in_duckdb, in_pandas)
    schema = pyarrow.parquet.read_schema(files[0])
    untyped = [f.name for f in schema if str(f.type) in ("null", "binary", "large_binary")]
    assert not untyped, (table, untyped)
    print(f"{table.relative_to(lake)!s:24} {len(in_polars):>9} rows  {len(schema):>2} typed columns")

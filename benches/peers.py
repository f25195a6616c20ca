#!/usr/bin/env python3
"""The matching core and the whole job beside Python peers: the same phrases, whole words, any case, leftmost-longest, one thread.

Installs the peers into an environment of its own, builds the core, writes a corpus unless --corpus names a folder with `text.txt`
(one sentence a line) and `dict_<count>.tsv` (a phrase in the first column), and prints a table. Every peer that does the whole
job must find as many as the core does before its time is told; those that do less are marked with what they leave out.

    python3 benches/peers.py [--corpus FOLDER] [--phrases 50 5000]
"""

import argparse
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEERS = ["polars==2.1.0", "pyahocorasick==2.3.1", "ahocorasick_rs==1.0.3"]
ROUNDS = 3
# Text that the peers search at most; rates are told per byte.
PEER_BYTES = 10_000_000


def environment(folder):
    """Python with the peers."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PEERS], check=True)
    return python


def programs():
    """The programs of the matching core and of the whole job, built to be fast."""
    build = ["cargo", "build", "--release", "--quiet", "-p", "talktrack-benches", "--no-default-features"]
    subprocess.run([*build, "--bin", "matches", "--bin", "job"], cwd=ROOT, check=True)
    built = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
    return built / "matches", built / "job"


def run_ours(program, corpus, phrases):
    """What our program finds, and how fast."""
    told = subprocess.run([program, "run", corpus, str(phrases)], check=True, capture_output=True, text=True).stdout
    return json.loads(told)


def prefix(corpus, folder):
    """The first sentences of a corpus as one of its own, for peers that are slow."""
    left, kept = PEER_BYTES, []
    for line in (corpus / "text.txt").read_text().split("\n"):
        left -= len(line.encode()) + 1
        if left < 0:
            break
        kept.append(line)
    (folder / "text.txt").write_text("\n".join(kept))
    for dictionary in corpus.glob("dict_*.tsv"):
        (folder / dictionary.name).write_text(dictionary.read_text())
    return folder


# ---- what the peers do, in their own environment ----


def is_word(character):
    return character.isalnum() or character == "_"


def whole_words(text, start, end):
    return (start == 0 or not is_word(text[start - 1])) and (end == len(text) or not is_word(text[end]))


def leftmost_longest(spans):
    found, reach = 0, 0
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= reach:
            found, reach = found + 1, end
    return found


def with_pyahocorasick(texts, phrases):
    import ahocorasick

    automaton = ahocorasick.Automaton()
    for phrase in phrases:
        automaton.add_word(phrase, len(phrase))
    automaton.make_automaton()
    total = 0
    for text in texts:
        text = text.lower()
        spans = [(last + 1 - length, last + 1) for last, length in automaton.iter(text)]
        total += leftmost_longest([span for span in spans if whole_words(text, *span)])
    return total


def with_ahocorasick_rs(texts, phrases):
    import ahocorasick_rs

    automaton = ahocorasick_rs.AhoCorasick(phrases)
    total = 0
    for text in texts:
        text = text.lower()
        spans = [(start, end) for _, start, end in automaton.find_matches_as_indexes(text, overlapping=True)]
        total += leftmost_longest([span for span in spans if whole_words(text, *span)])
    return total


def with_polars(texts, phrases):
    import polars

    found = polars.Series(texts).str.extract_many(phrases, ascii_case_insensitive=True, overlapping=True)
    return int(found.list.len().sum())


def whole_job(corpus, phrases):
    """Talk per voice and mentions from Parquet to Parquet: polars, and pyahocorasick for the sentences that may hold a phrase."""
    import ahocorasick
    import polars as pl

    sentences = pl.scan_parquet(corpus / "sentences.parquet")
    length = pl.col("end_ms") - pl.col("start_ms")
    words = pl.col("text").str.count_matches(" ", literal=True) + 1
    voice = [length.sum().alias("talk_ms"), words.sum().alias("words"), pl.len().alias("sentences")]
    talk = sentences.group_by("call_id", "speaker_id").agg(voice).collect()
    talk.write_parquet(corpus / "peer_talk.parquet")
    automaton = ahocorasick.Automaton()
    for phrase in phrases:
        automaton.add_word(phrase, (len(phrase), phrase))
    automaton.make_automaton()
    may_hold = pl.col("text").str.contains_any(phrases, ascii_case_insensitive=True)
    rows = []
    for call, index, text in sentences.filter(may_hold).select("call_id", "sentence_index", "text").collect().iter_rows():
        text, reach = text.lower(), 0
        spans = [(last + 1 - length, last + 1, phrase) for last, (length, phrase) in automaton.iter(text)]
        for start, end, phrase in sorted(spans, key=lambda span: (span[0], -span[1])):
            if start >= reach and whole_words(text, start, end):
                rows.append((call, index, start, end, phrase))
                reach = end
    columns = ["call_id", "sentence_index", "byte_start", "byte_end", "phrase"]
    pl.DataFrame(rows, schema=columns, orient="row").write_parquet(corpus / "peer_mentions.parquet")
    sums = {name: int(talk[name].sum()) for name in ("talk_ms", "words", "sentences")}
    return {"hits": len(rows), "voices": talk.height, **sums}


JOBS = {
    "pyahocorasick + rules": (with_pyahocorasick, ""),
    "ahocorasick_rs + rules": (with_ahocorasick_rs, ""),
    "polars extract_many": (with_polars, "no word boundaries, overlaps stay"),
}


def measure(corpus, count, name):
    """Runs in the peers' environment: prints hits and the median of the processor times."""
    texts = (pathlib.Path(corpus) / "text.txt").read_text().split("\n")
    lines = (pathlib.Path(corpus) / f"dict_{count}.tsv").read_text().splitlines()
    phrases = [line.split("\t")[0].lower() for line in lines]
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        hits = JOBS[name][0](texts, phrases)
        times.append(time.process_time() - start)
    print(json.dumps({"hits": hits, "seconds": sorted(times)[ROUNDS // 2]}))


def measure_job(corpus, count):
    """Runs in the peers' environment: prints what the job adds up to, the median of its processor times and its memory."""
    corpus = pathlib.Path(corpus)
    phrases = [line.split("\t")[0].lower() for line in (corpus / f"dict_{count}.tsv").read_text().splitlines()]
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        sums = whole_job(corpus, phrases)
        times.append(time.process_time() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**sums, "seconds": sorted(times)[ROUNDS // 2], "peak_mb": peak}))


def compare_jobs(program, python, corpus, counts):
    """Prints the table of the whole job."""
    subprocess.run([program, "write", corpus], check=True, stdout=subprocess.DEVNULL)
    one_thread = {**os.environ, "POLARS_MAX_THREADS": "1"}
    print("\n| phrases | talktrack, s | MB | polars and pyahocorasick, s | MB | times as fast | of the memory |")
    print("|---|---|---|---|---|---|---|")
    for count in counts:
        ours = run_ours(program, corpus, count)
        command = [python, __file__, "--measure-job", corpus, str(count)]
        theirs = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=one_thread).stdout)
        for what in ("voices", "talk_ms", "words", "sentences", "hits"):
            if ours[what] != theirs[what]:
                sys.exit(f"{count} phrases: {ours[what]} {what}, the peer has {theirs[what]}")
        speed, memory = theirs["seconds"] / ours["seconds"], ours["peak_mb"] / theirs["peak_mb"]
        print(
            f"| {count} | {ours['seconds']:.2f} | {ours['peak_mb']:.0f} | {theirs['seconds']:.2f} | {theirs['peak_mb']:.0f} "
            f"| {speed:.1f} | {memory:.2f} |"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=pathlib.Path)
    parser.add_argument("--phrases", type=int, nargs="+", default=[50, 500, 5_000, 20_000])
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--measure-job", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        return measure(*options.measure)
    if options.measure_job:
        return measure_job(*options.measure_job)
    program, job = programs()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        corpus = options.corpus
        if corpus is None:
            corpus = scratch / "corpus"
            corpus.mkdir()
            subprocess.run([program, "write", corpus], check=True, stdout=subprocess.DEVNULL)
        small = scratch / "prefix"
        small.mkdir()
        small = prefix(corpus, small)
        python = environment(scratch / "venv")
        one_thread = {**os.environ, "POLARS_MAX_THREADS": "1"}
        print("| phrases | engine | MB/s | core is faster by | |\n|---|---|---|---|---|")
        for count in options.phrases:
            ours = run_ours(program, small, count)
            rate = ours["bytes"] / ours["seconds"] / 1e6
            print(f"| {count} | talktrack's core | {rate:,.0f} | | compiled in {ours['compile_seconds'] * 1000:.1f} ms |")
            for name, (_, leaves_out) in JOBS.items():
                command = [python, __file__, "--measure", small, str(count), name]
                told = subprocess.run(command, check=True, capture_output=True, text=True, env=one_thread).stdout
                theirs = json.loads(told)
                if not leaves_out and theirs["hits"] != ours["hits"]:
                    sys.exit(f"{name} finds {theirs['hits']} of {count} phrases, the core {ours['hits']}")
                speed = ours["bytes"] / theirs["seconds"] / 1e6
                print(f"| {count} | {name} | {speed:,.0f} | {rate / speed:.1f} | {leaves_out} |")
        compare_jobs(job, python, corpus, options.phrases)


if __name__ == "__main__":
    main()

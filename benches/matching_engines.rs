//! The engines of the matching core on one thread, side by side, beside a bare aho-corasick DFA scan of the same bytes.
//!
//! Time is processor time of the thread. First every engine must find what the reference finds; then a table of paired rounds
//! is printed, in which all take turns, so that whatever else the machine does meets all alike; then criterion measures each.
//!
//! `TALKTRACK_BENCH_CORPUS` names a folder with `text.txt` (one sentence a line) and `dict_<count>.tsv` (a phrase in the first
//! column); without it the generated corpus serves, which is small and kind to every engine.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rustix::time::{ClockId, clock_gettime};
use talktrack_analyzers::arrow::array::StringArray;
use talktrack_analyzers::matching::{Choice, Matcher, Simd};
use talktrack_benches::corpus::{Corpus, STANDARD, Size};

const SIZES: [usize; 4] = [50, 500, 5_000, 20_000];
/// Text that is scanned at most, in bytes.
const TEXT_BYTES: usize = 40_000_000;
/// Text for the corpus with a phrase in every sentence, which takes far longer a byte.
const DENSE_BYTES: usize = 8_000_000;
const ROUNDS: usize = 9;

/// Processor time of this thread.
struct CpuTime;

fn cpu_now() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

impl Measurement for CpuTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        cpu_now()
    }

    fn end(&self, start: Duration) -> Duration {
        // A scan is never too short for the clock, but criterion also times nothing.
        cpu_now().saturating_sub(start).max(Duration::from_nanos(1))
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        value.as_nanos() as f64
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

/// Phrases, and sentences that hold some of them.
struct Input {
    phrases: Vec<String>,
    sentences: StringArray,
}

impl Input {
    fn of_size(phrases: usize) -> Input {
        match std::env::var_os("TALKTRACK_BENCH_CORPUS").map(PathBuf::from) {
            Some(folder) => Input::read(&folder, phrases),
            None => Input::generate(phrases),
        }
    }

    fn read(folder: &Path, phrases: usize) -> Input {
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("the corpus");
        let table = read(&format!("dict_{phrases}.tsv"));
        let first = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
        Input {
            phrases: table.lines().map(first).collect(),
            sentences: column(read("text.txt").lines().map(str::to_owned), TEXT_BYTES),
        }
    }

    fn generate(phrases: usize) -> Input {
        let corpus = Corpus::generate(Size {
            phrases,
            ..STANDARD
        });
        Input {
            sentences: column(corpus.texts.into_iter(), TEXT_BYTES),
            phrases: corpus.phrases,
        }
    }

    /// The same with a phrase in every sentence, after its first word.
    fn dense(&self) -> Input {
        let planted = self.sentences.iter().flatten().enumerate();
        let planted = planted.map(|(number, sentence)| {
            // A step without a common factor with the sizes: all phrases, in no order.
            let phrase = &self.phrases[number * 7_919 % self.phrases.len()];
            let (first, rest) = sentence.split_once(' ').unwrap_or((sentence, ""));
            format!("{first} {phrase} {rest}")
        });
        Input {
            sentences: column(planted, DENSE_BYTES),
            phrases: self.phrases.clone(),
        }
    }

    fn text(&self) -> &[u8] {
        self.sentences.value_data()
    }
}

fn column(sentences: impl Iterator<Item = String>, most: usize) -> StringArray {
    let mut bytes = 0;
    let fits = |sentence: &String| {
        bytes += sentence.len();
        bytes <= most
    };
    StringArray::from(sentences.take_while(fits).collect::<Vec<_>>())
}

struct Engine {
    name: &'static str,
    matcher: Matcher,
}

fn engines(input: &Input) -> Vec<Engine> {
    let reference = Engine {
        name: "reference",
        matcher: Matcher::with(&input.phrases, Choice::Reference),
    };
    let fast = Simd::available().map(|simd| Engine {
        name: match simd {
            Simd::Scalar => "fast, scalar",
            Simd::Avx2 => "fast, AVX2",
            Simd::Avx512 => "fast, AVX-512",
        },
        matcher: Matcher::with(&input.phrases, Choice::Fast(simd)),
    });
    std::iter::once(reference).chain(fast).collect()
}

fn bare_automaton(input: &Input) -> AhoCorasick {
    AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .ascii_case_insensitive(true)
        .build(&input.phrases)
        .expect("the automaton builds")
}

/// All that is timed, by name; each says how much it found.
type Rival<'a> = (&'static str, Box<dyn Fn() -> usize + 'a>);

fn rivals<'a>(input: &'a Input, engines: &'a [Engine], bare: &'a AhoCorasick) -> Vec<Rival<'a>> {
    let bare = || bare.find_overlapping_iter(input.text()).count();
    let engines = engines.iter().map(|engine| -> Rival<'a> {
        let scan = || engine.matcher.hits(&input.sentences).len();
        (engine.name, Box::new(scan))
    });
    std::iter::once::<Rival<'a>>(("bare DFA", Box::new(bare)))
        .chain(engines)
        .collect()
}

fn check(input: &Input, engines: &[Engine]) -> usize {
    let expected = engines[0].matcher.hits(&input.sentences);
    for engine in &engines[1..] {
        assert!(
            engine.matcher.hits(&input.sentences) == expected,
            "{}",
            engine.name
        );
    }
    assert!(!expected.is_empty());
    expected.len()
}

fn matching_engines(criterion: &mut Criterion<CpuTime>) {
    for phrases in SIZES {
        let input = Input::of_size(phrases);
        measure(criterion, &format!("engines/{phrases}"), &input);
        measure(
            criterion,
            &format!("engines/{phrases}, dense"),
            &input.dense(),
        );
    }
}

fn measure(criterion: &mut Criterion<CpuTime>, name: &str, input: &Input) {
    let engines = engines(input);
    let found = check(input, &engines);
    let bare = bare_automaton(input);
    let rivals = rivals(input, &engines, &bare);
    let is_timed = std::env::args().any(|argument| argument == "--bench");
    if is_timed {
        print_table(name, input, found, &rivals);
        print_compiled(input, &engines);
    }
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10);
    group.throughput(Throughput::Bytes(input.text().len() as u64));
    for (name, scan) in &rivals {
        group.bench_function(*name, |bencher| bencher.iter(scan));
    }
    group.finish();
}

/// Medians of rounds in which all take turns.
#[allow(clippy::print_stdout, reason = "the table is the result")]
fn print_table(name: &str, input: &Input, found: usize, rivals: &[Rival<'_>]) {
    let mut times = vec![Vec::new(); rivals.len()];
    for _ in 0..ROUNDS {
        for (times, (_, scan)) in times.iter_mut().zip(rivals) {
            let start = cpu_now();
            black_box(scan());
            times.push(cpu_now().saturating_sub(start).as_secs_f64());
        }
    }
    let bytes = input.text().len();
    println!("{name}: {found} hits in {bytes} bytes, medians of {ROUNDS} paired rounds");
    for (own, (name, _)) in times.iter().zip(rivals) {
        let ratios = times[0].iter().zip(own).map(|(bare, own)| bare / own);
        let (time, ratio) = (median(own.clone()), median(ratios.collect()));
        println!(
            "  {name:14} {:6.0} MB/s {ratio:6.2} x bare DFA",
            bytes as f64 / time / 1e6
        );
    }
}

#[allow(clippy::print_stdout, reason = "the table is the result")]
fn print_compiled(input: &Input, engines: &[Engine]) {
    let best = *engines
        .iter()
        .filter_map(|engine| engine.matcher.simd())
        .collect::<Vec<_>>()
        .last()
        .expect("one level");
    let compile = || {
        let start = Instant::now();
        black_box(Matcher::with(&input.phrases, Choice::Fast(best)));
        start.elapsed().as_secs_f64()
    };
    let time = median((0..ROUNDS).map(|_| compile()).collect());
    let heap = engines[engines.len() - 1].matcher.heap_bytes();
    println!(
        "  compiled in {:.1} ms, {:.2} MB",
        time * 1e3,
        heap as f64 / 1e6
    );
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(CpuTime);
    targets = matching_engines
}
criterion_main!(benches);

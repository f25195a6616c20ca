//! The matching core as a program, to stand beside peers in other languages (`benches/peers.py`):
//! `matches write FOLDER` writes a corpus there, `matches run FOLDER PHRASES` finds the phrases in it and tells as JSON how many
//! and in how much processor time of the one thread that looked.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use talktrack_analyzers::arrow::array::StringArray;
use talktrack_analyzers::matching::{Matcher, leftmost_longest};
use talktrack_benches::corpus::{Corpus, Size};

/// 600,000 sentences, 30 MB of text.
const SIZE: Size = Size {
    calls: 2_000,
    sentences: 300,
    phrases: 20_000,
};
/// Dictionaries are nested: the first of the phrases.
const PHRASES: [usize; 4] = [50, 500, 5_000, 20_000];
const ROUNDS: usize = 5;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let told = match arguments.as_slice() {
        [verb, folder] if verb == "write" => write(Path::new(folder)),
        [verb, folder, phrases] if verb == "run" => run(Path::new(folder), phrases),
        _ => Err("matches write FOLDER | matches run FOLDER PHRASES".to_owned()),
    };
    let (text, code) = match told {
        Ok(text) => (text, ExitCode::SUCCESS),
        Err(text) => (text, ExitCode::from(2)),
    };
    // Nobody can be told that the output is closed.
    let _ = std::io::Write::write_all(&mut std::io::stdout(), format!("{text}\n").as_bytes());
    code
}

fn write(folder: &Path) -> Result<String, String> {
    let corpus = Corpus::generate(SIZE);
    put(folder, "text.txt", corpus.texts.join("\n"))?;
    for count in PHRASES {
        let phrases = corpus.phrases.iter().take(count);
        let mut lines = String::new();
        for (number, phrase) in phrases.enumerate() {
            // Writing to a text cannot fail.
            let _ = writeln!(lines, "{phrase}\te{number}");
        }
        put(folder, &format!("dict_{count}.tsv"), lines)?;
    }
    Ok(format!(
        "{} sentences in {}",
        corpus.texts.len(),
        folder.display()
    ))
}

fn put(folder: &Path, name: &str, text: String) -> Result<(), String> {
    let path: PathBuf = folder.join(name);
    std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn run(folder: &Path, phrases: &str) -> Result<String, String> {
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let text = read("text.txt")?;
    let dictionary = read(&format!("dict_{phrases}.tsv"))?;
    let phrases: Vec<&str> = dictionary
        .lines()
        .filter_map(|line| line.split('\t').next())
        .collect();
    let lines: Vec<&str> = text.lines().collect();
    let sentences = StringArray::from_iter_values(&lines);
    let (compiled, matcher) = timed(|| Matcher::new(&phrases));
    let mut rounds = Vec::new();
    let mut found = 0;
    for _ in 0..ROUNDS {
        let (time, hits) = timed(|| leftmost_longest(&matcher.hits(&sentences)).len());
        rounds.push(time);
        found = hits;
    }
    rounds.sort_unstable();
    Ok(format!(
        "{{\"hits\": {found}, \"bytes\": {}, \"seconds\": {:.6}, \"compile_seconds\": {:.6}}}",
        text.len(),
        rounds[rounds.len() / 2].as_secs_f64(),
        compiled.as_secs_f64()
    ))
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let now = || {
        let now = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
    };
    let start = now();
    let made = work();
    (now().saturating_sub(start), made)
}
